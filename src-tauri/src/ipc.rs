//! Every command the web view may call, about six lines each, and their list.
//! A command decides nothing: it names the stage's deed and returns the view it made. The bindings in
//! ui/src/ipc.gen.ts are generated from the signatures below, and build.rs reads the same list.

mod copies;
mod deliveries;
mod network;
mod opened;
mod own_guides;
mod support;

use tauri::{AppHandle, State, Wry, ipc::Channel, ipc::Invoke};

use crate::{
    place,
    stage::Stage,
    view::{
        Answer, CertificateOrder, Checklist, Compared, Home, Journal, Judged, PeopleFound, PeopleRead,
        RenewalPane, Renewals, Saved, Seal, Settings, SignInOffer, SignInTick, Tick, Trouble, Workshop,
    },
};

type Given<T> = Result<T, Trouble>;

/// The list: what is not here does not exist for the web view.
pub fn commands() -> impl Fn(Invoke<Wry>) -> bool + Send + Sync + 'static {
    tauri::generate_handler![
        home,
        set_settings,
        remember_screen,
        unlock,
        pick_cloud_file,
        start,
        open,
        look,
        remove,
        sign_in_offer,
        sign_in_with_code,
        sign_in_with_browser,
        stop_sign_in,
        approve_as,
        sign_out,
        check,
        check_all,
        apply,
        stop,
        confirm,
        undo,
        adopt,
        make_beside,
        answer,
        judge,
        wait_for_product,
        lend,
        pick_file,
        opened::opened_file,
        own_guides::open_own_guide,
        own_guides::take_own_guide,
        own_guides::pin_guide_key,
        own_guides::forget_own_guide,
        own_guides::pass_on,
        own_guides::take_over,
        own_guides::point_at,
        own_guides::bring_back,
        own_guides::save_page,
        find_people,
        read_people,
        pick_people_file,
        choose_people,
        save_script,
        read_script_result,
        seal,
        deliveries::take_offer,
        deliveries::pick_offer,
        deliveries::push,
        deliveries::send_by_sftp,
        deliveries::set_customer,
        show_passphrase,
        save_sheet,
        save_report,
        opened::open_paper,
        copies::copy_value,
        open_link,
        journal,
        export_journal,
        network::set_proxy,
        network::lend_proxy_password,
        network::pick_ca_file,
        network::forget_ca_file,
        network::test_network,
        support::support_report,
        support::save_support_report,
        workshop,
        make_certificate,
        make_request,
        import_certificate,
        export_certificate,
        save_request,
        forget_certificate,
        copies::copy_thumbprint,
        compare_thumbprint,
        renewals,
        save_calendar,
        pass_time,
        renewal,
        renew_look,
        renew_apply,
        renew_hand_over,
        renew_keep_old,
        renew_undo,
    ]
}

/// Everything outside a connection.
#[tauri::command]
async fn home(stage: State<'_, Stage>) -> Given<Home> {
    stage.home().await
}

/// Keeps the settings and returns what they make of the first screen.
#[tauri::command]
async fn set_settings(app: AppHandle, stage: State<'_, Stage>, settings: Settings) -> Given<Home> {
    let home = stage.set_settings(settings).await?;
    place::draw_at(&app, home.settings.zoom);
    Ok(home)
}

/// Asks for the passphrase of the vault in a native dialog; it never comes here.
#[tauri::command]
async fn unlock(app: AppHandle, stage: State<'_, Stage>) -> Given<Home> {
    stage.unlock(&app).await
}

/// Keeps which screen is open, for the next start.
#[tauri::command]
async fn remember_screen(stage: State<'_, Stage>, screen: String) -> Given<()> {
    stage.remember_screen(screen).await
}

/// Asks for a cloud file in a native dialog and puts it into force.
#[tauri::command]
async fn pick_cloud_file(app: AppHandle, stage: State<'_, Stage>) -> Given<Home> {
    stage.pick_cloud_file(&app).await
}

/// Starts a connection by a guide, pretend or real.
#[tauri::command]
async fn start(stage: State<'_, Stage>, guide: String, rehearsal: bool) -> Given<Checklist> {
    stage.start(&guide, rehearsal).await
}

/// Opens a connection at its next step.
#[tauri::command]
async fn open(stage: State<'_, Stage>, connection: String) -> Given<Checklist> {
    stage.open(&connection).await
}

/// Opens a step; asks the tenant nothing.
#[tauri::command]
async fn look(stage: State<'_, Stage>, connection: String, step: String) -> Given<Checklist> {
    stage.look(&connection, &step).await
}

/// Forgets a connection on this computer, after a native question.
#[tauri::command]
async fn remove(app: AppHandle, stage: State<'_, Stage>, connection: String) -> Given<Home> {
    stage.remove(&app, &connection).await
}

/// What a sign-in would ask for; no code is made.
#[tauri::command]
async fn sign_in_offer(stage: State<'_, Stage>, connection: String) -> Given<SignInOffer> {
    stage.sign_in_offer(&connection).await
}

/// Makes a code, waits until it was entered, and signs in.
#[tauri::command]
async fn sign_in_with_code(
    stage: State<'_, Stage>,
    connection: String,
    ticks: Channel<SignInTick>,
) -> Given<Checklist> {
    stage.sign_in_with_code(&connection, ticks).await
}

/// Opens the system's browser and waits for it to come back.
#[tauri::command]
async fn sign_in_with_browser(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    ticks: Channel<SignInTick>,
) -> Given<Checklist> {
    stage.sign_in_with_browser(&app, &connection, ticks).await
}

/// Stops waiting for a sign-in.
#[tauri::command]
async fn stop_sign_in(stage: State<'_, Stage>, connection: String) -> Given<()> {
    stage.stop_sign_in(&connection).await
}

/// In rehearsal: enters the code as one of the pretend accounts.
#[tauri::command]
async fn approve_as(stage: State<'_, Stage>, connection: String, account: String) -> Given<()> {
    stage.approve_as(&connection, &account).await
}

/// Forgets the session.
#[tauri::command]
async fn sign_out(stage: State<'_, Stage>, connection: String) -> Given<Checklist> {
    stage.sign_out(&connection).await
}

/// Looks at the tenant for one step; changes nothing.
#[tauri::command]
async fn check(
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    ticks: Channel<Tick>,
) -> Given<Checklist> {
    stage.check(&connection, &step, ticks).await
}

/// Looks at the tenant for every step; changes nothing.
#[tauri::command]
async fn check_all(
    stage: State<'_, Stage>,
    connection: String,
    step: Option<String>,
    ticks: Channel<Tick>,
) -> Given<Checklist> {
    stage.check_all(&connection, step.as_deref(), ticks).await
}

/// Carries out the plan with this hash, after a native question.
#[tauri::command]
async fn apply(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    plan: String,
    ticks: Channel<Tick>,
) -> Given<Checklist> {
    stage.apply(&app, &connection, &step, &plan, ticks).await
}

/// Stops what runs; what was sent stays in the journal.
#[tauri::command]
async fn stop(stage: State<'_, Stage>, connection: String) -> Given<()> {
    stage.stop(&connection).await
}

/// A person says that a step is done.
#[tauri::command]
async fn confirm(
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    note: String,
) -> Given<Checklist> {
    stage.confirm(&connection, &step, &note).await
}

/// Takes back what this connection made, newest first, after a native question that lists it.
#[tauri::command]
async fn undo(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    ticks: Channel<Tick>,
) -> Given<Checklist> {
    stage.undo(&app, &connection, &step, ticks).await
}

/// Makes an object of its own although the name is taken; the plan is shown first.
#[tauri::command]
async fn make_beside(
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    ticks: Channel<Tick>,
) -> Given<Checklist> {
    stage.make_beside(&connection, &step, ticks).await
}

/// Takes over what somebody else made, after a native question.
#[tauri::command]
async fn adopt(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    object: String,
    ticks: Channel<Tick>,
) -> Given<Checklist> {
    stage.adopt(&app, &connection, &step, &object, ticks).await
}

/// Keeps the answers of a step.
#[tauri::command]
async fn answer(
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    answers: Vec<Answer>,
) -> Given<Checklist> {
    stage.answer(&connection, &step, answers).await
}

/// What would fit, while an answer is being typed; nothing is kept.
#[tauri::command]
async fn judge(stage: State<'_, Stage>, connection: String, answer: Answer) -> Given<Judged> {
    stage.judge(&connection, &answer)
}

/// The admin did it in the product: the guide's clock begins.
#[tauri::command]
async fn wait_for_product(stage: State<'_, Stage>, connection: String, step: String) -> Given<Checklist> {
    stage.wait_for_product(&connection, &step).await
}

/// Asks natively for the passwords that a step waits for, and looks at it with them; they never come here.
#[tauri::command]
async fn lend(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    ticks: Channel<Tick>,
) -> Given<Checklist> {
    stage.lend(&app, &connection, &step, ticks).await
}

/// Answers an ask with a file, chosen in a native dialog.
#[tauri::command]
async fn pick_file(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    ask: String,
) -> Given<Checklist> {
    stage.pick_file(&app, &connection, &step, &ask).await
}

/// Searches the directory.
#[tauri::command]
async fn find_people(stage: State<'_, Stage>, connection: String, words: String) -> Given<PeopleFound> {
    stage.find_people(&connection, &words).await
}

/// Finds the people of a pasted list.
#[tauri::command]
async fn read_people(stage: State<'_, Stage>, connection: String, text: String) -> Given<PeopleRead> {
    stage.read_people(&connection, &text).await
}

/// Finds the people of a file that is chosen in a native dialog; `None` when the dialog was closed.
#[tauri::command]
async fn pick_people_file(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
) -> Given<Option<PeopleRead>> {
    stage.pick_people_file(&app, &connection).await
}

/// Keeps who was chosen, by object id.
#[tauri::command]
async fn choose_people(
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    people: Vec<String>,
) -> Given<Checklist> {
    stage.choose_people(&connection, &step, people).await
}

/// Saves the Teams script for another admin.
#[tauri::command]
async fn save_script(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    undo: bool,
) -> Given<Saved> {
    stage.save_script(&app, &connection, &step, undo).await
}

/// Reads the file that the other admin sent back.
#[tauri::command]
async fn read_script_result(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
) -> Given<Checklist> {
    stage.read_script_result(&app, &connection, &step).await
}

/// Writes the sealed file, after a native question for its place.
#[tauri::command]
async fn seal(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    seal: Seal,
) -> Given<Checklist> {
    stage.seal(&app, &connection, &step, seal).await
}

/// Shows the passphrase of the last sealed file in a native dialog, after a native question.
#[tauri::command]
async fn show_passphrase(app: AppHandle, stage: State<'_, Stage>, connection: String) -> Given<()> {
    stage.show_passphrase(&app, &connection).await
}

/// Saves the hand-over sheet: no secret is on it.
#[tauri::command]
async fn save_sheet(app: AppHandle, stage: State<'_, Stage>, connection: String) -> Given<Saved> {
    stage.save_sheet(&app, &connection).await
}

/// Saves the evidence report: no secret is in it.
#[tauri::command]
async fn save_report(app: AppHandle, stage: State<'_, Stage>, connection: String) -> Given<Saved> {
    stage.save_report(&app, &connection).await
}

/// Opens a page by its name in the system's browser; the address comes from the core, never from here.
#[tauri::command]
async fn open_link(app: AppHandle, stage: State<'_, Stage>, connection: String, link: String) -> Given<()> {
    stage.open_link(&app, &connection, &link).await
}

/// The diary of one connection, or of all.
#[tauri::command]
async fn journal(stage: State<'_, Stage>, connection: Option<String>) -> Given<Journal> {
    stage.journal(connection.as_deref()).await
}

/// Saves the diary.
#[tauri::command]
async fn export_journal(app: AppHandle, stage: State<'_, Stage>, connection: Option<String>) -> Given<Saved> {
    stage.export_journal(&app, connection.as_deref()).await
}

/// What the workshop keeps; needs no network.
#[tauri::command]
async fn workshop(stage: State<'_, Stage>) -> Given<Workshop> {
    stage.workshop().await
}

/// Makes a key with a self-signed certificate; the key stays in the core.
#[tauri::command]
async fn make_certificate(stage: State<'_, Stage>, order: CertificateOrder) -> Given<Workshop> {
    stage.make_certificate(order).await
}

/// Makes a key with a request for a company's authority.
#[tauri::command]
async fn make_request(stage: State<'_, Stage>, order: CertificateOrder) -> Given<Workshop> {
    stage.make_request(order).await
}

/// Reads a file that is chosen in a native dialog; its passphrase is asked for natively.
#[tauri::command]
async fn import_certificate(app: AppHandle, stage: State<'_, Stage>) -> Given<Workshop> {
    stage.import_certificate(&app).await
}

/// Writes the files of a destination into a folder that is chosen in a native dialog.
#[tauri::command]
async fn export_certificate(
    app: AppHandle,
    stage: State<'_, Stage>,
    certificate: String,
    destination: String,
    chosen: bool,
) -> Given<Workshop> {
    stage.export_certificate(&app, &certificate, &destination, chosen).await
}

/// Writes the request into a folder that is chosen in a native dialog.
#[tauri::command]
async fn save_request(app: AppHandle, stage: State<'_, Stage>, certificate: String) -> Given<Workshop> {
    stage.save_request(&app, &certificate).await
}

/// Deletes a key with its public part, after a native question.
#[tauri::command]
async fn forget_certificate(app: AppHandle, stage: State<'_, Stage>, certificate: String) -> Given<Workshop> {
    stage.forget_certificate(&app, &certificate).await
}

/// Compares a certificate with the customKeyIdentifier that Graph shows.
#[tauri::command]
async fn compare_thumbprint(stage: State<'_, Stage>, certificate: String, text: String) -> Given<Compared> {
    stage.compare_thumbprint(&certificate, &text).await
}

/// Every secret and certificate; needs no network.
#[tauri::command]
async fn renewals(stage: State<'_, Stage>) -> Given<Renewals> {
    stage.renewals().await
}

/// Saves the ends and alarms for a calendar.
#[tauri::command]
async fn save_calendar(app: AppHandle, stage: State<'_, Stage>) -> Given<Saved> {
    stage.save_calendar(&app).await
}

/// In rehearsal: lets the pretend tenant's time pass.
#[tauri::command]
async fn pass_time(app: AppHandle, stage: State<'_, Stage>, days: u32) -> Given<Renewals> {
    stage.pass_time(&app, days).await
}

/// Opens a renewal as it stands; asks the tenant nothing.
#[tauri::command]
async fn renewal(stage: State<'_, Stage>, connection: String, step: String) -> Given<RenewalPane> {
    stage.renewal(&connection, &step).await
}

/// Looks at the stage whose turn it is; changes nothing.
#[tauri::command]
async fn renew_look(
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    ticks: Channel<Tick>,
) -> Given<RenewalPane> {
    stage.renew_look(&connection, &step, ticks).await
}

/// Carries out the stage with this plan, after a native question.
#[tauri::command]
async fn renew_apply(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    plan: String,
    ticks: Channel<Tick>,
) -> Given<RenewalPane> {
    stage.renew_apply(&app, &connection, &step, &plan, ticks).await
}

/// Seals the new values with a passphrase that Footbridge makes, after a native question for the place.
#[tauri::command]
async fn renew_hand_over(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
) -> Given<RenewalPane> {
    stage.renew_hand_over(&app, &connection, &step).await
}

/// Ends a proven renewal and leaves the old one until it runs out.
#[tauri::command]
async fn renew_keep_old(stage: State<'_, Stage>, connection: String, step: String) -> Given<RenewalPane> {
    stage.renew_keep_old(&connection, &step).await
}

/// Takes a renewal back, after a native question.
#[tauri::command]
async fn renew_undo(
    app: AppHandle,
    stage: State<'_, Stage>,
    connection: String,
    step: String,
    ticks: Channel<Tick>,
) -> Given<RenewalPane> {
    stage.renew_undo(&app, &connection, &step, ticks).await
}
