//! Signing in on a terminal: a code by default, the browser when it is asked for or when the tenant blocks codes.
//! Tokens stay in the engine; only the code to type and the address to open are shown.

use std::io::IsTerminal as _;

use engine::guide::Language;
use engine::{Code, Desk, SignedIn, Trouble};

use crate::arguments::SignInOptions;
use crate::failure::Failure;
use crate::opening;
use crate::voice::Voice;
use crate::words::Word;

/// Signs in as the options say, and tells as whom.
pub async fn sign_in(
    desk: &Desk,
    connection: &str,
    options: &SignInOptions,
    voice: &Voice,
) -> Result<SignedIn, Failure> {
    let tenant = options.tenant.as_deref();
    if options.browser {
        return by_browser(desk, connection, tenant, voice).await;
    }
    match by_code(desk, connection, tenant, voice).await {
        Err(trouble) if trouble.code == Code::SignInBlocked && somebody_looks(voice) => {
            voice.trouble(None, &trouble);
            voice.line(voice.word(Word::BrowserInstead));
            by_browser(desk, connection, tenant, voice).await
        }
        Err(trouble) => Err((*trouble).into()),
        Ok(who) => Ok(who),
    }
}

fn somebody_looks(voice: &Voice) -> bool {
    !voice.is_json() && std::io::stdin().is_terminal()
}

async fn by_code(
    desk: &Desk,
    connection: &str,
    tenant: Option<&str>,
    voice: &Voice,
) -> Result<SignedIn, Box<Trouble>> {
    let code = desk.begin_device_code(connection, tenant, locale(voice.language())).await?;
    voice.device_code(&code, opening::now());
    let who = desk.finish_device_code(connection, code, &|waiting| voice.waiting(waiting)).await?;
    voice.signed_in(&who);
    Ok(who)
}

async fn by_browser(
    desk: &Desk,
    connection: &str,
    tenant: Option<&str>,
    voice: &Voice,
) -> Result<SignedIn, Failure> {
    let door = desk.begin_browser(connection, tenant).await?;
    voice.browser(door.authorize_url.as_str());
    let who = desk.finish_browser(connection, door).await?;
    voice.signed_in(&who);
    Ok(who)
}

/// The language of Microsoft's page.
pub fn locale(language: Language) -> &'static str {
    match language {
        Language::English => "en-GB",
        Language::German => "de-DE",
    }
}
