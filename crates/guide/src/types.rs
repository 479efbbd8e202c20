//! The shape of a guide: sections, asks, steps, rows and fields.
//! Structure only: the sentences are in [`crate::Texts`], what a step does is in [`crate::Action`].

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use serde_json::Value;

use crate::{Action, Form, Language, Template, Texts, WantedKind};

/// The directory fields by which a person can be matched, in the spelling of Microsoft Graph's user resource.
pub const USER_FIELDS: [&str; 5] = ["mail", "userPrincipalName", "id", "employeeId", "displayName"];

/// A guide: everything that has to be made true for one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "Footbridge guide")]
pub struct Guide {
    /// The guide's own name, lower case; also the name of its folder.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
    pub id: String,
    /// The guide's version, such as `1.0`.
    #[schemars(length(min = 1, max = 20))]
    pub version: String,
    /// The product's name in its own spelling.
    #[schemars(length(min = 1, max = 60))]
    pub product: String,
    /// The company that makes the product.
    #[schemars(length(min = 1, max = 60))]
    pub vendor: String,
    /// The https address of the vendor's document that the guide follows.
    #[schemars(regex(pattern = "^https://"), length(max = 500))]
    pub document: String,
    /// Where the vendor helps: a mail address or an https address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 200))]
    pub support: Option<String>,
    /// How many minutes an admin should plan for the whole guide.
    #[schemars(range(min = 1, max = 600))]
    pub minutes: u32,
    /// The vendor's own sections, in order.
    #[schemars(length(min = 1, max = 40))]
    pub sections: Vec<Section>,
    /// What the admin is asked.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub asks: Vec<Ask>,
    /// The steps, in the vendor's order.
    #[schemars(length(min = 1))]
    pub steps: Vec<Step>,
    /// What is handed over, in the order of the product's own form.
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub fields: Vec<Field>,
    /// Rows of the vendor's document that belong to no step.
    #[serde(default)]
    #[schemars(length(max = 500))]
    pub notes: Vec<Row>,
    /// The sentences, in each language; read from the text files beside the guide.
    #[serde(skip)]
    pub texts: Texts,
}

impl Guide {
    /// The step with this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The ask with this id.
    pub fn ask(&self, id: &str) -> Option<&Ask> {
        self.asks.iter().find(|ask| ask.id == id)
    }

    /// Whether all conditions hold for the answers that are given; an ask without an answer counts with its proposal.
    pub fn applies(&self, when: &[Condition], answer: &dyn Fn(&str) -> Option<Value>) -> bool {
        when.iter().all(|condition| {
            let given = answer(&condition.ask).filter(|value| !value.is_null());
            let given = given.or_else(|| self.ask(&condition.ask).and_then(Ask::proposed));
            condition.holds(given.as_ref())
        })
    }

    /// The required choice that has neither an answer nor a proposal and on which it hangs whether these conditions hold;
    /// none where they are decided.
    pub fn undecided<'a>(
        &'a self,
        when: &'a [Condition],
        answer: &dyn Fn(&str) -> Option<Value>,
    ) -> Option<&'a str> {
        let given = |ask: &Ask| answer(&ask.id).filter(|value| !value.is_null()).or_else(|| ask.proposed());
        let mut open = None;
        for condition in when {
            let ask = self.ask(&condition.ask)?;
            match given(ask) {
                Some(value) if condition.holds(Some(&value)) => {}
                None if ask.required => open = open.or(Some(ask.id.as_str())),
                _ => return None,
            }
        }
        open
    }

    /// Every row of the guide, the notes first, then step by step.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.notes.iter().chain(self.steps.iter().flat_map(|step| step.rows.iter()))
    }

    /// The text under a dotted key such as `steps.register.title`; the key itself where there is none,
    /// so that a screen never shows an empty line.
    pub fn say<'a>(&'a self, language: Language, key: &'a str) -> &'a str {
        self.texts.of(language).get(key).unwrap_or(key)
    }
}

/// A section of the vendor's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Section {
    /// The section's id; its title is the text `sections.<id>.title`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
    pub id: String,
}

/// One question to the admin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ask {
    /// The ask's id; templates name it as `{answers.<id>}`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
    pub id: String,
    /// What sort of answer is expected.
    pub kind: AskKind,
    /// Whether the steps that use it wait for an answer.
    pub required: bool,
    /// The proposed answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1000))]
    pub default: Option<String>,
    /// What an answer looks like; a rehearsal gives it where there is no proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1000))]
    pub example: Option<String>,
}

impl Ask {
    /// The proposed answer, of the shape in which answers are kept.
    pub fn proposed(&self) -> Option<Value> {
        self.default.as_deref().map(|text| self.shaped(text))
    }

    /// The example, of the shape in which answers are kept.
    pub fn exampled(&self) -> Option<Value> {
        self.example.as_deref().map(|text| self.shaped(text))
    }

    fn shaped(&self, text: &str) -> Value {
        match self.kind {
            AskKind::Choices { .. } | AskKind::Permissions { .. } => words_of(text).into(),
            _ => text.into(),
        }
    }
}

/// The words of a list that is written as one text, separated by commas.
pub(crate) fn words_of(text: &str) -> Vec<&str> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect()
}

/// A condition on an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Condition {
    /// An ask of the kind `choice` or `choices`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
    pub ask: String,
    /// It holds while one of these is chosen.
    #[schemars(length(min = 1, max = 20), inner(regex(pattern = "^[a-z][a-z0-9-]{0,63}$")))]
    pub has: Vec<String>,
}

impl Condition {
    /// Whether it holds for an answer.
    pub fn holds(&self, answer: Option<&Value>) -> bool {
        let is_one =
            |value: &Value| value.as_str().is_some_and(|word| self.has.iter().any(|one| one == word));
        match answer {
            Some(Value::Array(list)) => list.iter().any(is_one),
            Some(value) => is_one(value),
            None => false,
        }
    }
}

/// What sort of answer an ask expects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum AskKind {
    /// One line of text.
    Text {
        /// The most characters it may have.
        #[schemars(range(min = 1, max = 1000))]
        max: u32,
        /// The form that it must have.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        form: Option<Form>,
    },
    /// A whole number.
    Number {
        /// The smallest number allowed.
        #[schemars(range(min = 0, max = 1_000_000))]
        min: u32,
        /// The largest number allowed.
        #[schemars(range(min = 0, max = 1_000_000))]
        max: u32,
    },
    /// One of several values; the texts are `asks.<id>.options.<value>`.
    Choice {
        /// The values, in the order in which they are offered.
        #[schemars(length(min = 2, max = 20), inner(regex(pattern = "^[a-z][a-z0-9-]{0,63}$")))]
        options: Vec<String>,
    },
    /// Several of several values; the texts are `asks.<id>.options.<value>`.
    Choices {
        /// The values, in the order in which they are offered.
        #[schemars(length(min = 2, max = 40), inner(regex(pattern = "^[a-z][a-z0-9-]{0,63}$")))]
        options: Vec<String>,
    },
    /// Permissions of Microsoft Graph by their published value.
    Permissions {
        /// Which of the two kinds.
        permission: WantedKind,
    },
    /// People of the directory.
    Users {
        /// How many at most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[schemars(range(min = 1, max = 10_000))]
        most: Option<u32>,
    },
    /// One of [`USER_FIELDS`].
    UserField {},
    /// A CSV file.
    Csv {},
    /// A file of another kind.
    File {},
}

/// One step of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Step {
    /// The step's id; its texts are `steps.<id>.title`, `.why` and `.green`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
    pub id: String,
    /// The section in which it stands.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
    pub section: String,
    /// Where the vendor documents it, such as `Indepth Technical Guide 9–15`.
    #[schemars(length(min = 1, max = 120))]
    pub documented: String,
    /// What Footbridge makes true.
    #[serde(rename = "do")]
    pub action: Action,
    /// The step is needed only while each of these conditions holds.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub when: Vec<Condition>,
    /// Steps that come first.
    #[serde(default)]
    #[schemars(length(max = 100), inner(regex(pattern = "^[a-z][a-z0-9-]{0,63}$")))]
    pub after: Vec<String>,
    /// Asks that are shown in this step.
    #[serde(default)]
    #[schemars(length(max = 100), inner(regex(pattern = "^[a-z][a-z0-9-]{0,63}$")))]
    pub asks: Vec<String>,
    /// The portal page on which a person does the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal: Option<PortalPage>,
    /// The rows of the vendor's document that this step covers, in the vendor's order.
    #[schemars(length(min = 1, max = 200))]
    pub rows: Vec<Row>,
    /// What nobody has confirmed yet: keys of the texts `unconfirmed.<key>`.
    #[serde(default)]
    #[schemars(length(max = 40), inner(regex(pattern = "^[a-z][a-z0-9-]{0,63}$")))]
    pub unconfirmed: Vec<String>,
}

/// One row of the vendor's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Row {
    /// The row's id, such as `TC-9`; its texts are `rows."TC-9".says`, `.by-hand` and `.newer`.
    #[schemars(regex(pattern = "^[A-Za-z][A-Za-z0-9.-]{0,31}$"))]
    pub id: String,
    /// What sort of thing is to be done.
    pub kind: RowKind,
    /// Who can do it.
    pub who: Who,
    /// The portal page on which it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub portal: Option<PortalPage>,
    /// How well it is known.
    #[serde(default)]
    pub mark: Mark,
}

/// What sort of thing a row asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RowKind {
    /// Something to read or to confirm.
    Read,
    /// A value to note or to enter.
    Input,
    /// A change in Microsoft Entra.
    Entra,
    /// A change in Microsoft Teams.
    Teams,
    /// A change in Exchange.
    Exchange,
    /// A change in the product.
    Product,
    /// Something that an end user does.
    EndUser,
    /// A check of what was done.
    Verify,
}

/// Who can do what a row asks for; the least role that suffices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// No role is needed.
    Anyone,
    /// Application Developer, or any member where the tenant allows it.
    AppRegistrar,
    /// Cloud Application Administrator.
    EnterpriseAppAdmin,
    /// Cloud Application Administrator: consent to delegated permissions.
    ConsentAdminDelegated,
    /// Privileged Role Administrator: consent to application permissions of Microsoft Graph.
    ConsentAdminGraph,
    /// Teams Administrator.
    TeamsAdmin,
    /// Exchange Administrator.
    ExchangeAdmin,
    /// User, Conditional Access or License Administrator.
    EntraAdmin,
    /// Whoever runs the firewall.
    FirewallAdmin,
    /// The admin of the product.
    ProductAdmin,
    /// The person who uses the product.
    EndUser,
}

/// How well a row is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// The vendor or Microsoft says so in public.
    #[default]
    Documented,
    /// Concluded; nobody has confirmed it.
    Inferred,
    /// The vendor's document says it, a newer public source says otherwise: the text `newer` tells.
    Outdated,
}

/// One value that is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Field {
    /// The field's id; its text `fields.<id>.label` is the product's own label.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]{0,63}$"))]
    pub id: String,
    /// The row that documents it.
    #[schemars(regex(pattern = "^[A-Za-z][A-Za-z0-9.-]{0,31}$"))]
    pub row: String,
    /// The value, from answers and from what steps made.
    pub value: Template,
    /// Whether the value is a secret.
    #[serde(default)]
    pub secret: bool,
    /// The field is handed over only while each of these conditions holds.
    #[serde(default)]
    #[schemars(length(max = 8))]
    pub when: Vec<Condition>,
}

/// A page of Microsoft's portals. The engine turns it into an address of the place that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PortalPage {
    /// The list of app registrations.
    AppRegistrations,
    /// Register an application.
    NewRegistration,
    /// The registration's overview.
    Overview,
    /// The registration's certificates and secrets.
    CertificatesAndSecrets,
    /// The registration's API permissions.
    ApiPermissions,
    /// The registration's authentication page.
    Authentication,
    /// The enterprise application's overview.
    EnterpriseApplication,
    /// The enterprise application's permissions.
    EnterprisePermissions,
    /// All users.
    Users,
    /// Conditional Access policies.
    ConditionalAccess,
    /// Sign-in logs.
    SignInLogs,
    /// The Teams admin center.
    TeamsAdmin,
    /// The Azure portal's first page.
    AzurePortal,
}
