//! The way to the product: its offer is taken after the fingerprint was compared, the sealed values are pushed or put into
//! a server's folder after a native question, and what proves an account is chosen or typed natively.

use engine::{
    PushPreview, Recipient, SftpAccount, SftpAddress, SftpLine, SftpSignIn, SftpTo, TakenOffer,
    secrecy::SecretString,
};
use tauri::AppHandle;

use super::{Given, Place, Stage};
use crate::{
    confirm::{self, Question},
    prompt::{self, Asked},
    told::speech,
    view::{Checklist, Sftp, SftpProof},
};

impl Stage {
    /// Takes an offer: a pasted text, or the address that shows it.
    pub async fn take_offer(
        &self,
        app: &AppHandle,
        connection: &str,
        step: &str,
        offer: &str,
    ) -> Given<Checklist> {
        let place = self.place(connection)?;
        let offer = offer.trim();
        let text = match offer.starts_with("https://") {
            true => {
                let fetched = place.desk.fetch_offer(offer, is_this_computer(offer)).await;
                fetched.map_err(|wrong| self.trouble(&wrong))?
            }
            false => offer.to_owned(),
        };
        self.compared(app, &place, connection, &text).await?;
        self.look(connection, step).await
    }

    /// Takes an offer out of a file.
    pub async fn pick_offer(&self, app: &AppHandle, connection: &str, step: &str) -> Given<Checklist> {
        let place = self.place(connection)?;
        let title = self.say("Open the product’s offer", "Angebot des Produkts öffnen");
        if let Some(path) = confirm::file(app, title, "Offer", &["json", "offer", "txt"]).await {
            let text = self.small_file(&path)?;
            self.compared(app, &place, connection, &text).await?;
        }
        self.look(connection, step).await
    }

    /// Shows the fingerprint natively, and takes the offer after a yes.
    async fn compared(&self, app: &AppHandle, place: &Place, connection: &str, text: &str) -> Given<()> {
        let seen = place.desk.see_offer(connection, text).map_err(|wrong| self.trouble(&wrong))?;
        if confirm::ask(app, place.rehearsal, self.about_offer(&seen)).await {
            place.desk.take_offer(connection, text).map_err(|wrong| self.trouble(&wrong))?;
        }
        Ok(())
    }

    fn about_offer(&self, seen: &TakenOffer) -> Question {
        let compare = self.say(
            "Compare this fingerprint with the one that the product shows, by telephone or on its own screen:",
            "Vergleichen Sie diesen Fingerabdruck mit dem, den das Produkt zeigt, am Telefon oder auf dessen Bildschirm:",
        );
        let installation = self.say("Installation", "Installation");
        let endpoint = seen.endpoint.as_ref().map(|endpoint| {
            format!("\n{}: {endpoint}", self.say("It takes bundles at", "Es nimmt Bündel an unter"))
        });
        Question {
            title: self.say("Take the product’s offer", "Angebot des Produkts annehmen").to_owned(),
            text: format!(
                "{compare}\n\n{}\n\n{installation}: {}{}",
                seen.fingerprint,
                seen.install_id,
                endpoint.unwrap_or_default()
            ),
            yes: self.say("It is the same", "Er ist gleich").to_owned(),
            no: self.say("Cancel", "Abbrechen").to_owned(),
        }
    }

    /// Pushes, or goes on with a push, and asks what became of it.
    pub async fn push(&self, app: &AppHandle, connection: &str, step: &str) -> Given<Checklist> {
        let place = self.place(connection)?;
        let offer = place.desk.offer(connection).map_err(|wrong| self.trouble(&wrong))?;
        let here = offer.and_then(|offer| offer.endpoint).is_some_and(|endpoint| is_this_computer(&endpoint));
        let preview = place.desk.push_preview(connection, step, here).await;
        let preview = preview.map_err(|wrong| self.trouble(&wrong))?;
        let begun = place.desk.push_begun(connection, step).map_err(|wrong| self.trouble(&wrong))?;
        if confirm::ask(app, place.rehearsal, self.about_push(&preview, begun)).await {
            place.desk.push(connection, step, here).await.map_err(|wrong| self.trouble(&wrong))?;
        }
        self.look(connection, step).await
    }

    fn about_push(&self, preview: &PushPreview, again: bool) -> Question {
        let places: Vec<String> = preview
            .places
            .iter()
            .map(|place| format!("{} ({})", place.address, place.class.words()))
            .collect();
        let trust = match &preview.pinned {
            Some(pin) => format!("{} {pin}", self.say("its pinned key", "sein angehefteter Schlüssel")),
            None => self
                .say(
                    "the authorities that this computer trusts",
                    "die Stellen, denen dieser Rechner vertraut",
                )
                .to_owned(),
        };
        let goes = match again {
            true => self.say("This sealed file goes on to", "Diese versiegelte Datei geht weiter an"),
            false => self.say("This sealed file goes to", "Diese versiegelte Datei geht an"),
        };
        let known = self.say("The server is known by", "Den Server weist aus:");
        Question {
            title: self.say("Push to the product", "An das Produkt senden").to_owned(),
            text: format!(
                "{goes}\n{}\n{}\n\n{known} {trust}\n\n{} B, SHA-256 {}",
                preview.endpoint,
                places.join(", "),
                preview.bytes,
                preview.sha256
            ),
            yes: self.say("Send", "Senden").to_owned(),
            no: self.say("Cancel", "Abbrechen").to_owned(),
        }
    }

    /// Puts the sealed values into a folder of a server.
    pub async fn send_by_sftp(
        &self,
        app: &AppHandle,
        connection: &str,
        step: &str,
        to: &Sftp,
    ) -> Given<Checklist> {
        let place = self.place(connection)?;
        let Some(SftpAddress { user, line, folder }) = SftpAddress::parse(to.address.trim()) else {
            let wanted = self.say(
                "An address reads sftp://user@host:port/folder, without a password.",
                "Eine Adresse lautet sftp://konto@server:port/ordner, ohne Kennwort.",
            );
            return Err(self.plain_trouble("sftp-address", wanted, "sftp-address"));
        };
        let is_known = self.host_key_compared(app, &place, connection, &line).await?;
        let sign_in = if is_known { self.proof(app, to.proof, &user, &line).await? } else { None };
        let Some(sign_in) = sign_in else { return self.look(connection, step).await };
        let recipient = match place.desk.offer(connection).map_err(|wrong| self.trouble(&wrong))? {
            Some(offer) if !offer.used => Recipient::Offer,
            _ => Recipient::Passphrase,
        };
        if confirm::ask(app, place.rehearsal, self.about_upload(&user, &line, &folder, &recipient)).await {
            let account = SftpAccount { user, sign_in };
            let to = SftpTo { line, account, folder, recipient, replace: false };
            let sent = place.desk.deliver_by_sftp(connection, step, &to).await;
            sent.map_err(|wrong| self.trouble(&wrong))?;
        }
        self.look(connection, step).await
    }

    /// Whether the server shows the key that is pinned; one that nobody pinned is compared natively. Nobody signs in.
    async fn host_key_compared(
        &self,
        app: &AppHandle,
        place: &Place,
        connection: &str,
        line: &SftpLine,
    ) -> Given<bool> {
        let pinned = place.desk.pinned_host_key(connection, line).map_err(|wrong| self.trouble(&wrong))?;
        if pinned.is_some() {
            // Another key than the pinned one stops the delivery itself.
            return Ok(true);
        }
        let key = place.desk.host_key(line).await.map_err(|wrong| self.trouble(&wrong))?;
        let question = Question {
            title: format!("{} {}", self.say("Host key of", "Serverschlüssel von"), line.host),
            text: format!(
                "{}\n\n{}\n{}\n\n{}",
                self.say(
                    "This server is new here. Ask its admin for the fingerprint of its host key and compare:",
                    "Dieser Server ist hier neu. Lassen Sie sich von dessen Administrator den Fingerabdruck des Schlüssels nennen und vergleichen Sie:",
                ),
                key.kind,
                key.fingerprint,
                self.say(
                    "From now on only this key is taken from it.",
                    "Von jetzt an gilt für ihn nur dieser Schlüssel.",
                )
            ),
            yes: self.say("It is the same", "Er ist gleich").to_owned(),
            no: self.say("Cancel", "Abbrechen").to_owned(),
        };
        if !confirm::ask(app, place.rehearsal, question).await {
            return Ok(false);
        }
        let (print, kind) = (key.fingerprint.to_string(), key.kind.to_string());
        let kept = place.desk.pin_host_key(connection, line, &print, Some(&kind));
        kept.map_err(|wrong| self.trouble(&wrong)).map(|()| true)
    }

    fn about_upload(&self, user: &str, line: &SftpLine, folder: &str, recipient: &Recipient) -> Question {
        let sealed = match recipient {
            Recipient::Offer => self.say(
                "It is sealed to the key in the product’s offer.",
                "Sie ist mit dem Schlüssel aus dem Angebot des Produkts versiegelt.",
            ),
            _ => self.say(
                "It is sealed with a passphrase that Footbridge makes.",
                "Sie ist mit einer Passphrase versiegelt, die Footbridge erzeugt.",
            ),
        };
        let folder = if folder.is_empty() { "~" } else { folder };
        Question {
            title: self.say("Put it on the server", "Auf den Server legen").to_owned(),
            text: format!(
                "{}\n{user}@{}:{} {folder}\n\n{sealed}",
                self.say("The sealed file goes to", "Die versiegelte Datei geht an"),
                line.host,
                line.port
            ),
            yes: self.say("Send", "Senden").to_owned(),
            no: self.say("Cancel", "Abbrechen").to_owned(),
        }
    }

    /// What proves the account; `None` when a dialog was closed.
    async fn proof(
        &self,
        app: &AppHandle,
        proof: SftpProof,
        user: &str,
        line: &SftpLine,
    ) -> Given<Option<SftpSignIn>> {
        let account = format!("{user}@{}", line.host);
        let language = speech(self.language());
        match proof {
            SftpProof::Agent => Ok(Some(SftpSignIn::Agent { at: None, only: None })),
            SftpProof::Password => {
                let typed = prompt::passphrase(app, language, Asked::Server { account }).await;
                Ok(typed.map(SftpSignIn::Password))
            }
            SftpProof::Key => {
                let title = self.say("Choose the private key", "Privaten Schlüssel auswählen");
                let Some(path) = confirm::any_file(app, title).await else { return Ok(None) };
                let private = SecretString::from(self.small_file(&path)?);
                let passphrase = match SftpSignIn::is_protected(&private) {
                    true => match prompt::passphrase(app, language, Asked::Opening).await {
                        Some(typed) => Some(typed),
                        None => return Ok(None),
                    },
                    false => None,
                };
                Ok(Some(SftpSignIn::Key { private, passphrase }))
            }
        }
    }

    /// Says for whom a connection is.
    pub async fn set_customer(&self, connection: &str, customer: &str) -> Given<Checklist> {
        let place = self.place(connection)?;
        let customer = Some(customer.trim()).filter(|name| !name.is_empty());
        place.desk.set_customer(connection, customer).map_err(|wrong| self.trouble(&wrong))?;
        self.open(connection).await
    }
}

/// Whether an address names this very computer; the native question shows it before anything is sent there.
fn is_this_computer(address: &str) -> bool {
    let host = url::Url::parse(address).ok().and_then(|url| url.host().map(|host| host.to_owned()));
    match host {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
