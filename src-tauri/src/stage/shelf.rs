//! Guides that are not built in: opened, looked at, and in use only after a native yes. Which ones are in use is kept beside
//! the settings with their digest, so that a guide that was changed or moved since is told of and not used.

use std::path::{Path, PathBuf};

use engine::{
    Code, Desk, Maker, OwnGuide, Trouble as Wrong,
    guide::{self, AskKind, Guide},
    guides_of_policy, open_guide, pin_key, pinned_keys, signer_of,
};
use tauri::AppHandle;

use super::{Given, Stage, lock};
use crate::{
    confirm::{self, Question},
    guard,
    keep::{self, KeptGuide},
    prompt,
    shown::{self, small},
    told::speech,
    view::{self, GuideCard, Home, Language, LostGuide, Trouble},
};

/// Why a guide that was in use is not any more.
enum NotAgain {
    /// It cannot be read, or nobody vouches for what it asks for.
    Refused(Box<Wrong>),
    /// It is another guide now.
    Changed,
}

impl From<Wrong> for NotAgain {
    fn from(wrong: Wrong) -> Self {
        Self::Refused(Box::new(wrong))
    }
}

/// The guides beside the built-in ones.
#[derive(Default)]
pub(super) struct Shelf {
    /// Those in use.
    known: Vec<Known>,
    /// Those that were in use and are not any more.
    lost: Vec<LostGuide>,
    /// The one that is being looked at.
    offered: Option<(PathBuf, OwnGuide)>,
}

struct Known {
    kept: KeptGuide,
    guide: &'static Guide,
    maker: Maker,
    /// Whether the policy of this machine brings it; then nobody chose it here and it is not kept.
    laid_down: bool,
}

impl Stage {
    /// Lets a desk begin connections with the admin's own guides.
    pub(super) fn lay_out(&self, desk: &Desk) {
        let mut shelf = lock(&self.shelf);
        let shelf = shelf.get_or_insert_with(|| self.read_shelf());
        shelf.known.iter().for_each(|known| desk.take_guide(known.guide));
    }

    /// The guides that were in use at the last end.
    fn read_shelf(&self) -> Shelf {
        let mut shelf = self.shelf_of_policy();
        let kept = match keep::read_guides(&self.folder) {
            Ok(kept) => kept,
            Err(why) => {
                let lost = LostGuide {
                    id: String::new(),
                    path: self.folder.display().to_string(),
                    why: why.to_string(),
                };
                shelf.lost.push(lost);
                return shelf;
            }
        };
        for kept in kept {
            match self.read_again(&kept) {
                Ok((guide, _)) if shelf.known.iter().any(|known| known.guide.id == guide.id) => {
                    let why = self.brought_by_policy(&guide.id);
                    shelf.lost.push(LostGuide { id: kept.id, path: kept.path.display().to_string(), why });
                }
                Ok((guide, maker)) => shelf.known.push(Known { kept, guide, maker, laid_down: false }),
                Err(why) => {
                    let why = self.not_again(&why);
                    shelf.lost.push(LostGuide { id: kept.id, path: kept.path.display().to_string(), why });
                }
            }
        }
        shelf
    }

    /// The guides that the policy of this machine brings; those that cannot be used are told of.
    fn shelf_of_policy(&self) -> Shelf {
        let mut shelf = Shelf::default();
        let Ok(policy) = &self.policy else { return shelf };
        let found = match pinned_keys(&self.folder) {
            Ok(pins) => guides_of_policy(policy, &pins),
            Err(wrong) => vec![(self.folder.clone(), Err(wrong))],
        };
        for (path, opened) in found {
            match opened {
                Ok(own) if guide::find(&own.guide.id).is_some() => {
                    let why = self.built_in(&own.guide.id);
                    shelf.lost.push(LostGuide { id: String::new(), path: path.display().to_string(), why });
                }
                Ok(own) => {
                    let kept = KeptGuide { id: own.guide.id.clone(), path, digest: own.digest };
                    let guide = &*Box::leak(Box::new(own.guide));
                    shelf.known.push(Known { kept, guide, maker: own.maker, laid_down: true });
                }
                Err(wrong) => {
                    let why = self.not_of_policy(&wrong);
                    shelf.lost.push(LostGuide { id: String::new(), path: path.display().to_string(), why });
                }
            }
        }
        shelf
    }

    /// Why a guide of the policy is not here. The window goes on without it, so the sentence that all stops is left out.
    fn not_of_policy(&self, wrong: &Wrong) -> String {
        let language = speech(self.language());
        match wrong.values.get("place").filter(|_| wrong.code == Code::PolicyInvalid) {
            Some(place) => {
                let why: Vec<String> = wrong.because.iter().map(|one| one.in_language(language)).collect();
                format!("{place}: {}", why.join(" "))
            }
            None => wrong.what(language),
        }
    }

    fn read_again(&self, kept: &KeptGuide) -> Result<(&'static Guide, Maker), NotAgain> {
        let pins = pinned_keys(&self.folder)?;
        let policy = self.policy.as_ref().map_err(|wrong| NotAgain::Refused(wrong.clone()))?;
        let own = open_guide(&kept.path, &pins, policy)?;
        if own.digest != kept.digest || own.guide.id != kept.id {
            return Err(NotAgain::Changed);
        }
        Ok((Box::leak(Box::new(own.guide)), own.maker))
    }

    fn built_in(&self, id: &str) -> String {
        let what = self.say("A built-in guide has this name", "Eine eingebaute Anleitung heißt so");
        format!("{what}: {id}.")
    }

    fn brought_by_policy(&self, id: &str) -> String {
        let what = self.say(
            "The policy of this machine brings a guide of this name",
            "Die Richtlinie dieses Rechners bringt eine Anleitung dieses Namens mit",
        );
        format!("{what}: {id}.")
    }

    fn not_again(&self, why: &NotAgain) -> String {
        match why {
            NotAgain::Refused(wrong) => wrong.what(speech(self.language())),
            NotAgain::Changed => self
                .say(
                    "It was changed since you let it be used. Open it again and look at what it asks for.",
                    "Sie wurde geändert, seit Sie sie zugelassen haben. Öffnen Sie sie erneut und sehen Sie, was sie verlangt.",
                )
                .to_owned(),
        }
    }

    /// Every guide that a connection can be begun with.
    pub(super) fn guide_cards(&self, language: Language) -> Vec<GuideCard> {
        let built_in = Desk::guides().into_iter().map(|guide| card(guide, &Maker::BuiltIn, language, false));
        let shelf = lock(&self.shelf);
        let own = shelf.iter().flat_map(|shelf| &shelf.known);
        let own = own.map(|known| card(known.guide, &known.maker, language, known.laid_down));
        built_in.chain(own).collect()
    }

    /// Guides that were in use and cannot be read any more.
    pub(super) fn lost_guides(&self) -> Vec<LostGuide> {
        lock(&self.shelf).as_ref().map(|shelf| shelf.lost.clone()).unwrap_or_default()
    }

    /// Who made a guide that is in use.
    pub(super) fn maker_of(&self, guide: &str) -> view::Maker {
        let shelf = lock(&self.shelf);
        let known = shelf.iter().flat_map(|shelf| &shelf.known).find(|known| known.guide.id == guide);
        maker(known.map_or(&Maker::BuiltIn, |known| &known.maker))
    }

    /// Opens a guide that the admin chooses and shows it; nothing is done with it yet.
    pub async fn open_own_guide(&self, app: &AppHandle, folder: bool) -> Given<Option<view::OwnGuide>> {
        let Some(path) = self.chosen_guide(app, folder).await else { return Ok(None) };
        self.offer(&path).map(Some)
    }

    async fn chosen_guide(&self, app: &AppHandle, folder: bool) -> Option<PathBuf> {
        if confirm::answers_itself(guard::is_driven()) {
            return Some(self.folder.join(if folder {
                "guide-to-open"
            } else {
                "guide-to-open.footbridge-guide"
            }));
        }
        if folder {
            return confirm::folder(app, self.say("Open a guide's folder", "Ordner einer Anleitung öffnen"))
                .await;
        }
        let (title, kind) = (self.say("Open a guide", "Anleitung öffnen"), self.say("Guides", "Anleitungen"));
        confirm::file(app, title, kind, &["footbridge-guide", "toml"]).await
    }

    pub(super) fn offer(&self, path: &Path) -> Given<view::OwnGuide> {
        let pins = pinned_keys(&self.folder).map_err(|wrong| self.trouble(&wrong))?;
        let policy = self.policy()?;
        let own = open_guide(path, &pins, &policy).map_err(|wrong| self.trouble(&wrong))?;
        if guide::find(&own.guide.id).is_some() {
            return Err(self.plain_trouble("guide-name", &self.built_in(&own.guide.id), "id"));
        }
        let mut shelf = lock(&self.shelf);
        let shelf = shelf.get_or_insert_with(|| self.read_shelf());
        if shelf.known.iter().any(|known| known.laid_down && known.guide.id == own.guide.id) {
            return Err(self.plain_trouble("guide-name", &self.brought_by_policy(&own.guide.id), "id"));
        }
        let in_use =
            shelf.known.iter().any(|known| known.kept.digest == own.digest && known.kept.path == path);
        let drawn = self.drawn_guide(path, &own, in_use);
        shelf.offered = Some((path.to_owned(), own));
        Ok(drawn)
    }

    fn drawn_guide(&self, path: &Path, own: &OwnGuide, in_use: bool) -> view::OwnGuide {
        let guide = &own.guide;
        view::OwnGuide {
            id: guide.id.clone(),
            product: guide.product.clone(),
            vendor: guide.vendor.clone(),
            purpose: guide.texts.of(speech(self.language())).guide.summary.clone(),
            version: guide.version.clone(),
            steps: small(guide.steps.len()),
            path: path.display().to_string(),
            maker: maker(&own.maker),
            permissions: own.permissions.iter().map(shown::permissions::permission).collect(),
            asks_for_more: guide.asks.iter().any(|ask| matches!(ask.kind, AskKind::Permissions { .. })),
            in_use,
        }
    }

    /// Lets the guide that was opened be used, after a native question that says who made it and what it asks for.
    pub async fn take_own_guide(&self, app: &AppHandle) -> Given<Home> {
        let offered = lock(&self.shelf).as_mut().and_then(|shelf| shelf.offered.clone());
        let Some((path, own)) = offered else { return self.home().await };
        if !confirm::ask(app, guard::is_driven(), self.guide_question(&own)).await {
            return self.home().await;
        }
        let kept = KeptGuide { id: own.guide.id.clone(), path, digest: own.digest };
        let guide = &*Box::leak(Box::new(own.guide));
        let known = Known { kept, guide, maker: own.maker, laid_down: false };
        self.keep_shelf(|shelf| {
            shelf.known.retain(|other| other.guide.id != guide.id);
            shelf.lost.retain(|other| other.id != guide.id);
            shelf.known.push(known);
            shelf.offered = None;
        })?;
        self.real()?.desk.take_guide(guide);
        if let Some(rehearsal) = self.rehearsal.get() {
            rehearsal.desk.take_guide(guide);
        }
        self.home().await
    }

    fn guide_question(&self, own: &OwnGuide) -> Question {
        let who = match &own.maker {
            Maker::Signed { name, fingerprint } => {
                format!("{} {name} ({fingerprint})", self.say("Signed by", "Signiert von"))
            }
            Maker::BuiltIn | Maker::NotVerified { .. } => self
                .say("Not verified: nobody vouches for it.", "Nicht geprüft: Niemand bürgt dafür.")
                .to_owned(),
        };
        let named = own.permissions.iter().map(|one| format!("+ {}", one.name));
        Question {
            title: format!("{} {}", own.guide.product, own.guide.version),
            text: format!(
                "{who}\n\n{}\n{}",
                self.say("It can ask for:", "Sie kann verlangen:"),
                named.collect::<Vec<_>>().join("\n")
            ),
            yes: self.say("Use this guide", "Anleitung verwenden").to_owned(),
            no: self.say("Cancel", "Abbrechen").to_owned(),
        }
    }

    /// Pins the key of the guide that was opened, after its fingerprint was compared natively; shows the guide again.
    pub async fn pin_guide_key(&self, app: &AppHandle) -> Given<Option<view::OwnGuide>> {
        let offered = lock(&self.shelf).as_mut().and_then(|shelf| shelf.offered.clone());
        let Some((path, own)) = offered else { return Ok(None) };
        let signer = signer_of(&path).map_err(|wrong| self.trouble(&wrong))?;
        let name = if confirm::answers_itself(guard::is_driven()) {
            Some(own.guide.vendor.clone())
        } else {
            prompt::fingerprint(app, speech(self.language()), &signer.fingerprint(), &own.guide.vendor).await
        };
        if let Some(name) = name {
            pin_key(&self.folder, &signer, Some(name.trim())).map_err(|wrong| self.trouble(&wrong))?;
        }
        self.offer(&path).map(Some)
    }

    /// Takes a guide out of use; its connections are not shown until it is opened again.
    pub async fn forget_own_guide(&self, app: &AppHandle, guide: &str) -> Given<Home> {
        let question = Question {
            title: format!("{} {guide}", self.say("Forget", "Vergessen:")),
            text: self
                .say(
                    "The guide is not used any more. Its connections come back when you open it again.",
                    "Die Anleitung wird nicht mehr verwendet. Ihre Verbindungen kommen wieder, wenn Sie sie erneut öffnen.",
                )
                .to_owned(),
            yes: self.say("Forget", "Vergessen").to_owned(),
            no: self.say("Cancel", "Abbrechen").to_owned(),
        };
        if confirm::ask(app, guard::is_driven(), question).await {
            self.keep_shelf(|shelf| {
                shelf.known.retain(|known| known.laid_down || known.guide.id != guide);
                shelf.lost.retain(|lost| lost.id != guide);
            })?;
        }
        self.home().await
    }

    /// Changes the shelf, and what is kept of it.
    fn keep_shelf(&self, change: impl FnOnce(&mut Shelf)) -> Result<(), Trouble> {
        // A list that cannot be read is mended by a person, not replaced by a shorter one.
        let before = keep::read_guides(&self.folder).map_err(|why| self.file_trouble(&why))?;
        let mut shelf = lock(&self.shelf);
        let shelf = shelf.get_or_insert_with(|| self.read_shelf());
        change(shelf);
        let own = shelf.known.iter().filter(|known| !known.laid_down);
        let mut kept: Vec<KeptGuide> = own.map(|known| known.kept.clone()).collect();
        // One that vanished stays on the list: the disk it lies on may only be away.
        kept.extend(before.into_iter().filter(|old| shelf.lost.iter().any(|lost| lost.id == old.id)));
        keep::write_guides(&self.folder, &kept).map_err(|why| self.file_trouble(&why))
    }
}

fn card(guide: &Guide, made_by: &Maker, language: Language, laid_down: bool) -> GuideCard {
    let counted = guide.coverage();
    GuideCard {
        id: guide.id.clone(),
        product: guide.product.clone(),
        vendor: guide.vendor.clone(),
        purpose: guide.texts.of(speech(language)).guide.summary.clone(),
        version: guide.version.clone(),
        steps: small(guide.steps.len()),
        minutes: guide.minutes,
        coverage: view::Coverage {
            automatic: small(counted.automatic),
            checked: small(counted.checked),
            by_hand: small(counted.by_hand),
            read: small(counted.read),
        },
        maker: maker(made_by),
        laid_down,
    }
}

fn maker(maker: &Maker) -> view::Maker {
    match maker {
        Maker::BuiltIn => view::Maker::BuiltIn {},
        Maker::Signed { name, fingerprint } => {
            view::Maker::Signed { name: name.clone(), fingerprint: fingerprint.clone() }
        }
        Maker::NotVerified { fingerprint } => view::Maker::NotVerified { fingerprint: fingerprint.clone() },
    }
}
