//! `receive offer`: the file to hand over, the line to paste, and the fingerprint to compare.

use engine::bundle::Accepts;
use engine::secrecy::SecretString;
use receiver::{Memory, Tls, Wish, make_offer};

use super::lines::{Line, Speaker, moment};
use super::options::{Kind, OfferOptions};
use super::refusal::ReceiveRefusal;
use super::taking::state_folder;
use super::words::Say;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::opening;
use crate::private_file;
use crate::voice::Voice;

pub fn offer(options: &OfferOptions, voice: &Voice) -> Result<Exit, Failure> {
    let speaker = Speaker::new(voice, false);
    let now = opening::now();
    let wish = wish(options)?;
    // Seen now, so that no key is kept for an offer that could not be handed over.
    if options.out.symlink_metadata().is_ok() {
        return Err(Failure::file(&options.out)(std::io::ErrorKind::AlreadyExists.into()));
    }
    let memory = Memory::open(&state_folder(&options.state), now).map_err(ReceiveRefusal::from)?;
    let made = make_offer(&memory, &wish, now).map_err(ReceiveRefusal::from)?;
    // Its number proves the sender, so the file is for its owner until it is handed over.
    private_file::write_secret(&options.out, &SecretString::from(made.offer.to_json()?))?;
    let (line, expires_at) = (made.offer.to_line()?, moment(made.offer.expires_at));
    let text = [
        speaker.row(Say::OfferFile, &options.out.display().to_string()),
        speaker.row(Say::OpenUntil, &expires_at),
        speaker.row(Say::Fingerprint, &made.fingerprint),
        line.clone(),
        speaker.word(Say::Compare).to_owned(),
    ]
    .join("\n");
    let event = Line::Offer {
        path: options.out.clone(),
        line,
        fingerprint: made.fingerprint,
        expires_at,
        endpoint: made.offer.endpoint,
    };
    speaker.tell(event, || text);
    Ok(Exit::Done)
}

fn wish(options: &OfferOptions) -> Result<Wish, Failure> {
    let tls = match (&options.certificate, options.no_pin) {
        (Some(path), _) => Tls::Pinned(private_file::read_open(path)?),
        (None, true) => Tls::BySystem,
        (None, false) => Tls::OwnMade,
    };
    let accepts = match options.accepts.as_slice() {
        [] => vec![Accepts::Certificate, Accepts::Secret],
        some => some.iter().map(|kind| kind.to_accepts()).collect(),
    };
    Ok(Wish {
        product: options.product.clone(),
        install_id: options.install.clone(),
        endpoint: options.endpoint.clone(),
        tls,
        accepts,
        own_certificate: options.own_certificate,
        lifetime: options.lifetime.0,
    })
}

impl Kind {
    fn to_accepts(self) -> Accepts {
        match self {
            Kind::PublicCert => Accepts::PublicCert,
            Kind::Certificate => Accepts::Certificate,
            Kind::Secret => Accepts::Secret,
        }
    }
}
