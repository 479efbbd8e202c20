//! The screen of renewals: the pretend time passes, the secret is due, and all four stages replace it.

use crate::driven::Driven;
use crate::regard::Seen;
use crate::walk::idle;

/// Lets eleven months pass and renews what is due then.
pub async fn without_a_gap(window: &Driven, seen: &Seen, look: &impl Fn(&str) -> String) {
    window.click("#nav-renewals").await;
    window.wait_for("#pass-time").await;
    assert!(!window.is_there("#due").await, "nothing is due yet");
    let notifications = window.listen_to_notifications().await;
    window.click("#pass-time").await;
    window.wait_for("#due").await;
    idle(window).await;
    notifications.until(if look("").contains("-de-") { "Probe: " } else { "Rehearsal: " }).await;
    drop(notifications);
    seen.regard(window, "renewals", Some(&look("renewals"))).await;
    window.click("#renew-due").await;
    window.wait_for("#stage-add").await;
    sign_in_again(window).await;
    stage(window, "add", None).await;
    window.click("#renew-seal").await;
    done(window, "hand-over").await;
    seen.regard(window, "renewal, handed over", None).await;
    stage(window, "prove", None).await;
    let picture = look("renewal");
    stage(window, "remove", Some((seen, &picture))).await;
    window.wait_for("#renewed").await;
    seen.regard(window, "renewed", None).await;
    window.click("#renewal-back").await;
    window.wait_for("#pass-time").await;
    assert!(!window.is_there("#due").await, "the badge stays after the renewal");
}

/// The pretend session has ended in the meantime.
async fn sign_in_again(window: &Driven) {
    if !window.is_there("#renew-sign-in").await {
        window.click("#renew-look").await;
        idle(window).await;
    }
    if window.is_there("#renew-sign-in").await {
        window.click("#renew-sign-in").await;
        window.click("#show-code").await;
        window.click("#approve").await;
        window.click("#go-on").await;
        window.until("the renewal to go on", "!document.querySelector('#renew-sign-in')").await;
        idle(window).await;
    }
}

/// Shows the plan of a stage and carries it out; looks again while Microsoft's replicas disagree.
async fn stage(window: &Driven, name: &str, regarded: Option<(&Seen, &str)>) {
    let turn = format!("document.querySelector('#stage-{name}')?.ariaCurrent === 'step'");
    window.until(&format!("the turn of {name}"), &turn).await;
    if !window.is_there("#renew-apply").await {
        window.click("#renew-look").await;
        idle(window).await;
    }
    if let Some((seen, picture)) = regarded {
        window.wait_for("#renew-apply").await;
        seen.regard(window, &format!("renewal, {name}"), Some(picture)).await;
    }
    for _ in 0..5 {
        let again = if window.is_there("#renew-apply").await { "#renew-apply" } else { "#renew-look" };
        if !window.is_there(&format!("#stage-{name}[aria-current] {again}")).await {
            break;
        }
        window.click(again).await;
        idle(window).await;
    }
    if name != "remove" {
        done(window, name).await;
    }
}

async fn done(window: &Driven, name: &str) {
    let state = format!("document.querySelector('#stage-{name}')?.dataset.state === 'done'");
    window.until(&format!("{name} to be done"), &state).await;
    idle(window).await;
}
