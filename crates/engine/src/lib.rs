//! Makes documented steps true. `Desk` is one admin's desk: connections, sign-in, the checklist, running, hand-over, undo.
//! It knows neither its shell (window or command line) nor its rehearsal: HTTP is the only port to the tenant.

mod ahead;
mod bringing_back;
mod calendar;
mod checklist;
mod claim;
pub mod crash;
mod credential;
mod delivering;
mod desk;
mod end_users;
mod guide_key;
mod handing;
mod handing_over;
mod history;
mod key_credentials;
mod lease;
mod ledger;
mod lent;
mod look;
mod machine_policy;
mod many;
mod network;
mod offering;
mod offers;
mod own_file;
mod own_guides;
mod packets;
mod papers;
mod passing_on;
mod pasting;
mod phrase;
mod plan;
mod pointing;
mod policy;
mod portal;
mod published;
mod random;
mod reach;
mod record;
mod reminders;
mod renewal;
mod renewed;
mod renewing;
mod role;
mod run;
mod sealing;
mod seen_credentials;
mod self_test;
mod signing_in;
mod site;
mod steady;
mod support;
mod switched_off;
mod teams;
mod tick;
mod trouble;
mod undo;
mod verbs;
mod wanting;
mod workshop;

pub use checklist::{Checklist, PlanView, State, StepView, is_for_a_person};
pub use credential::CredentialKind;
pub use delivering::{
    HostKey, PushPreview, Pushed, SftpAccount, SftpAddress, SftpLine, SftpReceipt, SftpSignIn, SftpTo,
};
pub use desk::{Approval, Desk, FoundUser, ScopeNeed, Settings, Summary};
pub use guide_key::{new_guide_key, read_guide_key};
pub use handing::{FieldValue, Shown};
pub use handing_over::{HandOverTo, HandedOver, Recipient, SealedFor};
pub use history::{Confirmed, History};
pub use ledger::{LastProof, LedgerEntry, MARKS, Standing};
pub use machine_policy::{Feature, MachinePolicy, Owner, Told};
pub use many::{
    Aim, ManyRun, ManyState, ManyTenant, ManyTick, ManyTicks, ManyView, Stop, WaitsFor, WaitsForAPerson,
    read_tenants, write_tenants,
};
pub use network::{HostView, NetworkView, try_network};
pub use offers::TakenOffer;
pub use own_guides::{
    AskedPermission, Maker, OwnGuide, PinnedKey, guides_in, guides_of_policy, open_guide, pack_guide,
    permissions_of, pin_key, pinned_keys, sign_guide, signer_of,
};
pub use passing_on::{PassedOn, Received};
pub use phrase::Phrase;
pub use plan::{Change, Outputs, Proof, Risk, Sign, Taken, TakenObject};
pub use random::{Randomness, SystemRandomness};
pub use reach::{PretendServers, Reach};
pub use reminders::Reminder;
pub use renewal::{Renewal, Stage, StageState, StageView};
pub use renewed::Ending;
pub use role::DirectoryRole;
pub use self_test::{Happened, SelfTest, SelfTestError, SelfTestTarget, Tried, Verdict, Wanted, self_test};
pub use site::SignedIn;
pub use support::AskedBy;
pub use teams::{PowerShell, Script, TeamsPacket, TeamsShell, TeamsShellError, TeamsState};
pub use tick::{Quiet, Tick, Ticks};
pub use trouble::{Code, Technical, Trouble};
pub use undo::{UndoLine, UndoReport};
pub use verbs::{MatchLine, roles, scopes};
pub use workshop::{Brought, KeptCertificate, KeptOrigin, WorkshopError};

pub use delivery::https::Means;
pub use {bundle, certs, cloud, guide, journal, secrecy, vault};
