//! What went wrong, for people: a code from a closed list, what happened, in which field, and what to do now.
//! The technical chain (Microsoft's ids and code) is kept beside it for the journal and for Microsoft's support.

use std::collections::BTreeMap;

use cloud::{GraphError, GraphFault, SignInError};
use guide::Language;
use serde::{Deserialize, Serialize};

use crate::network::barrier;
use crate::phrase::Phrase;

/// The closed list of what can go wrong. Each has a sentence for what happened and one for what to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// An answer to an ask is missing.
    AnswerMissing,
    /// An answer does not fit its ask.
    AnswerInvalid,
    /// A request was sent and its answer never came.
    AnswerLost,
    /// The answers, CSV or result file cannot be read.
    FileInvalid,
    /// A file could not be written or read.
    FileFailed,
    /// Microsoft does not take the new certificate.
    CertificateNotAccepted,
    /// No connection of this name.
    ConnectionUnknown,
    /// A connection of this name exists already.
    ConnectionExists,
    /// Another window or command works on this connection.
    ConnectionBusy,
    /// A credential has run out.
    CredentialExpired,
    /// No credential of this connection has this key id.
    CredentialUnknown,
    /// Others change the application's credentials at the same time.
    CredentialsChanged,
    /// Microsoft no longer keeps what was taken down.
    BringBackOver,
    /// The certificate of a file has ended.
    CertificateEnded,
    /// A chosen account holds a directory role and must not.
    DirectoryRoleHeld,
    /// The footbridge itself is at fault.
    Defect,
    /// Entra grants for every mailbox what Exchange is to limit.
    GrantsAddUp,
    /// More is granted than the vendor documents.
    GrantsExceed,
    /// A consent that was seen before is gone.
    GrantsMissing,
    /// The signature of a guide does not fit it.
    GuideSignature,
    /// A guide for which nobody vouches asks for what takes over a tenant.
    GuideTooPowerful,
    /// No guide of this name.
    GuideUnknown,
    /// The journal cannot be written or its chain is broken.
    JournalFailed,
    /// A chosen account has no licence for Teams and needs one.
    LicenceMissing,
    /// Meetings do not let pass whom the policy names, after the documented time.
    LobbyNotInForce,
    /// Exchange lets the application into more than the one mailbox.
    MailboxNotLimited,
    /// Microsoft answers that it is busy.
    MicrosoftBusy,
    /// A Conditional Access policy asks a chosen account for a second factor, or blocks it.
    MultiFactorRequired,
    /// Another admin's role is needed.
    NeedsAnotherAdmin,
    /// An application of this name exists that this connection did not make.
    NameTaken,
    /// The object is not there.
    NotFound,
    /// The signed-in account may not do this.
    NotPermitted,
    /// The step has not been reached: earlier ones come first.
    NotYet,
    /// The tenant knows no such permission.
    PermissionUnknown,
    /// This tenant does not take a sign-in that was made at home.
    OwnSignInNeeded,
    /// The plan is not the one that was approved.
    PlanChanged,
    /// The policy of this machine does not allow it.
    PolicyForbids,
    /// The policy of this machine is not in order.
    PolicyInvalid,
    /// The Teams policy is not in force after the documented time.
    PolicyNotInForce,
    /// A sealed file could not be taken to the product.
    DeliveryFailed,
    /// The product refused the sealed file.
    DeliveryRefused,
    /// The server shows another host key than the pinned one.
    HostKeyChanged,
    /// The server's host key is not pinned yet.
    HostKeyUnknown,
    /// The offer is of another product.
    OfferElsewhere,
    /// The offer cannot be read, or has ended.
    OfferInvalid,
    /// No offer was taken for this connection.
    OfferMissing,
    /// The offer names no end point.
    OfferNoEndpoint,
    /// The product takes another kind of credential.
    OfferRefuses,
    /// A bundle answered this offer already.
    OfferUsed,
    /// A file that is to be public holds a private key.
    PrivateKeyInFile,
    /// The receipt was not made by somebody who opened the sealed file.
    ReceiptInvalid,
    /// In a rehearsal nothing leaves this computer.
    RehearsalStaysHere,
    /// Microsoft refused the request.
    RefusedByMicrosoft,
    /// The old credential is removed, so the renewal cannot be taken back.
    RenewalOver,
    /// The service principal of the API is missing in the tenant.
    ResourceMissing,
    /// The fresh token does not carry the granted permissions.
    RolesMissing,
    /// Security defaults ask every account for a second factor.
    SecurityDefaultsOn,
    /// The tenant's policy forbids secrets.
    SecretsForbidden,
    /// Microsoft does not take the new secret.
    SecretNotAccepted,
    /// The secret is no longer in the vault.
    SecretMissing,
    /// The tenant's policy forbids self-signed certificates.
    SelfSignedForbidden,
    /// The tenant blocks this way of signing in.
    SignInBlocked,
    /// The person said no.
    SignInDeclined,
    /// The code ran out.
    SignInExpired,
    /// Nobody is signed in.
    SignInNeeded,
    /// Microsoft refused the sign-in.
    SignInRefused,
    /// Microsoft wants more proof of who signs in.
    SignInStepUp,
    /// The account belongs to another tenant than expected.
    SignInWrongTenant,
    /// No step of this name.
    StepUnknown,
    /// PowerShell or its Teams module is not here.
    TeamsShellMissing,
    /// The script for Teams failed.
    TeamsShellFailed,
    /// Too many requests; Microsoft asks to wait.
    Throttled,
    /// The answer was not what Microsoft documents.
    UnexpectedAnswer,
    /// Microsoft cannot be reached.
    Unreachable,
    /// A chosen user does not exist.
    UserNotFound,
    /// A field is empty for some of the users.
    FieldEmpty,
    /// A field has the same value for several users.
    FieldNotUnique,
    /// The keyring or the vault did not do its work.
    VaultFailed,
    /// A public address does not answer as Microsoft's cloud needs it.
    AddressNotReady,
    /// The pool of accounts is too small for those whom it has to serve.
    PoolTooSmall,
    /// A password has to be lent, or is empty.
    PasswordMissing,
    /// The step asks for no password of this name.
    PasswordNotAsked,
    /// User name or password are wrong.
    PasswordWrong,
    /// The password has run out.
    PasswordExpired,
    /// The account is locked after too many attempts.
    AccountLocked,
    /// The account is disabled.
    AccountDisabled,
    /// The directory has no such account.
    AccountUnknown,
    /// A second factor is asked for.
    SecondFactorAsked,
    /// A second factor is asked for and has not been set up.
    SecondFactorNotSetUp,
    /// Conditional Access blocks the sign-in by password.
    PasswordBlockedByPolicy,
    /// Security defaults block the sign-in by password.
    PasswordBlockedByDefaults,
    /// Nobody consented to what the sign-in asks for.
    ConsentMissing,
    /// The application does not allow public client flows.
    PublicClientOff,
    /// The sign-in by password was refused for another reason.
    PasswordSignInRefused,
    /// The token of a person does not carry a delegated permission.
    ScopesMissing,
    /// The presence that was set is not shown.
    PresenceNotSeen,
    /// Exchange refuses the mail after the documented time.
    MailNotAllowed,
    /// The proxy cannot be reached.
    ProxyUnreachable,
    /// The proxy asks who is there.
    ProxySignIn,
    /// The proxy opens no way to Microsoft.
    ProxyRefused,
    /// The proxy broke the connection off.
    ProxyDropped,
    /// The system chooses its proxy by a script.
    ProxyByScript,
    /// This computer does not trust who signed the certificate of Microsoft's host.
    ServerCertificateUntrusted,
    /// The certificate of Microsoft's host is not good.
    ServerCertificateRefused,
    /// The product's server is too old.
    ProductTooOld,
    /// The product's server could not be reached, or did not take the sign-in.
    ProductNotReached,
    /// The product's server refused, or the dialogue ended half-way.
    ProductStopped,
    /// Several connectors of the product's server could be meant, or none.
    ConnectorUnclear,
}

impl Code {
    /// The code as it stands in journals, reports and on the command line.
    pub fn name(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

/// What went wrong.
#[derive(Debug, Clone, Serialize, Deserialize, thiserror::Error)]
#[error("{}", .code.name())]
pub struct Trouble {
    /// From the closed list.
    pub code: Code,
    /// Values for the sentences; never a secret.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
    /// The field, file or ask concerned.
    pub field: Option<String>,
    /// What happened in detail, told after the first sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Phrase>,
    /// What to do now in detail, told before the general advice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub advice: Vec<Phrase>,
    /// What Microsoft's support asks for.
    pub technical: Technical,
}

/// The ids that Microsoft's support asks for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Technical {
    /// Graph's `request-id`, or the sign-in's trace id.
    pub request_id: Option<String>,
    /// `client-request-id` or correlation id.
    pub correlation_id: Option<String>,
    /// HTTP status.
    pub status: Option<u16>,
    /// Graph's error code or the AADSTS number.
    pub microsoft_code: Option<String>,
    /// Microsoft's own text, cut and scrubbed.
    pub message: Option<String>,
}

impl Trouble {
    /// A trouble without values.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            values: BTreeMap::new(),
            field: None,
            because: Vec::new(),
            advice: Vec::new(),
            technical: Technical::default(),
        }
    }

    /// The same with one more value for its sentences.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.values.insert(name.to_owned(), value.to_string());
        self
    }

    /// The same, naming the field concerned.
    #[must_use]
    pub fn in_field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// The same with what happened in detail.
    #[must_use]
    pub fn because(mut self, phrase: Phrase) -> Self {
        self.because.push(phrase);
        self
    }

    /// The same with what to do first.
    #[must_use]
    pub fn advised(mut self, phrase: Phrase) -> Self {
        self.advice.push(phrase);
        self
    }

    /// Something in Footbridge itself does not fit; `place` says where.
    pub fn defect(place: &str) -> Self {
        Self::new(Code::Defect).with("place", place)
    }

    /// What happened.
    pub fn what(&self, language: Language) -> String {
        let first = [self.phrase("what")];
        told(first.iter().chain(&self.because), language)
    }

    /// What to do now.
    pub fn next(&self, language: Language) -> String {
        let last = [self.phrase("next")];
        told(self.advice.iter().chain(&last), language)
    }

    fn phrase(&self, group: &str) -> Phrase {
        let mut values = self.values.clone();
        values.entry("field".to_owned()).or_insert_with(|| self.field.clone().unwrap_or_default());
        values
            .entry("message".to_owned())
            .or_insert_with(|| self.technical.message.clone().unwrap_or_default());
        values
            .entry("microsoft".to_owned())
            .or_insert_with(|| self.technical.microsoft_code.clone().unwrap_or_default());
        Phrase { key: format!("{group}.{}", self.code.name()), values }
    }
}

/// Sentences one after the other; an empty one is left out.
fn told<'a>(phrases: impl Iterator<Item = &'a Phrase>, language: Language) -> String {
    let sentences =
        phrases.map(|phrase| phrase.in_language(language)).filter(|sentence| !sentence.is_empty());
    sentences.collect::<Vec<_>>().join(" ")
}

impl From<GraphError> for Trouble {
    fn from(error: GraphError) -> Self {
        let code = match error.kind {
            GraphFault::Unauthorized if error.claims.is_some() => Code::SignInStepUp,
            GraphFault::Unauthorized => Code::SignInNeeded,
            GraphFault::Forbidden => Code::NotPermitted,
            GraphFault::NotFound => Code::NotFound,
            GraphFault::Throttled => Code::Throttled,
            GraphFault::Busy => Code::MicrosoftBusy,
            GraphFault::Unreachable | GraphFault::Barred => Code::Unreachable,
            GraphFault::AnswerLost => Code::AnswerLost,
            // Done, says the status, and what was made cannot be read.
            GraphFault::NotJson | GraphFault::MissingField if error.effect_unknown() => Code::AnswerLost,
            GraphFault::Conflict | GraphFault::BadRequest | GraphFault::PreconditionFailed => {
                Code::RefusedByMicrosoft
            }
            _ => Code::UnexpectedAnswer,
        };
        let barrier = error.barrier.as_deref().and_then(barrier);
        let mut trouble = barrier.unwrap_or_else(|| Self::new(code).with("path", &error.path));
        trouble.technical = Technical {
            request_id: error.request_id,
            correlation_id: Some(error.client_request_id),
            status: error.status,
            microsoft_code: error.code,
            message: Some(error.message),
        };
        trouble
    }
}

impl From<SignInError> for Trouble {
    fn from(error: SignInError) -> Self {
        let refusal = match &error {
            SignInError::Refused(refusal) => Some((**refusal).clone()),
            _ => None,
        };
        let mut trouble = match error {
            SignInError::Declined => Self::new(Code::SignInDeclined),
            SignInError::Expired | SignInError::CodeNotRecognised => Self::new(Code::SignInExpired),
            SignInError::BlockedByPolicy { aadsts } => {
                let mut trouble = Self::new(Code::SignInBlocked);
                trouble.technical.microsoft_code = Some(format!("AADSTS{aadsts}"));
                trouble
            }
            SignInError::WrongTenant { expected, found } => {
                Self::new(Code::SignInWrongTenant).with("expected", expected).with("found", found)
            }
            SignInError::WrongAccount => Self::new(Code::SignInNeeded),
            SignInError::ClaimsChallenge { .. } => Self::new(Code::SignInStepUp),
            SignInError::Refused(_) => Self::new(Code::SignInRefused),
            SignInError::Unreachable(wire) => {
                barrier(&wire).unwrap_or_else(|| Self::new(Code::Unreachable).with("path", "sign-in"))
            }
            _ => Self::new(Code::UnexpectedAnswer).with("path", "sign-in"),
        };
        if let Some(refusal) = refusal {
            trouble.technical = Technical {
                request_id: refusal.trace_id,
                correlation_id: refusal.correlation_id,
                status: None,
                microsoft_code: refusal.aadsts.map(|number| format!("AADSTS{number}")),
                message: Some(refusal.description),
            };
        }
        trouble
    }
}

impl From<vault::VaultError> for Trouble {
    fn from(error: vault::VaultError) -> Self {
        Self::new(Code::VaultFailed).with("why", error)
    }
}

impl From<journal::JournalError> for Trouble {
    fn from(error: journal::JournalError) -> Self {
        Self::new(Code::JournalFailed).with("why", error)
    }
}

impl From<journal::ExportError> for Trouble {
    fn from(error: journal::ExportError) -> Self {
        Self::new(Code::FileFailed).with("why", error)
    }
}

impl From<delivery::DeliveryError> for Trouble {
    fn from(error: delivery::DeliveryError) -> Self {
        Self::new(Code::FileFailed).with("why", error)
    }
}

impl From<bundle::BundleError> for Trouble {
    fn from(error: bundle::BundleError) -> Self {
        match error {
            bundle::BundleError::Offer { .. } => {
                Self::new(Code::OfferInvalid).with("why", error).in_field("offer")
            }
            _ => Self::new(Code::FileInvalid).with("why", error),
        }
    }
}
