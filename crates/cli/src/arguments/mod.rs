//! What can be typed, as types. Descriptions here are what `footbridge help` prints.
//! No option takes a secret as its value: passphrases and keys come from files or are asked for.

mod bundle;
pub mod delivery;
pub mod guide;
pub mod many;
pub mod policy;
mod rehearsal;
pub mod renewal;
mod room;
pub mod selftest;
pub mod step;
mod teams;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use self::bundle::{BundleCommand, BundleRead};
use self::delivery::{DeliverCommand, Push};
use self::guide::GuideCommand;
use self::many::ManyCommand;
use self::policy::PolicyOptions;
pub use self::rehearsal::{RehearsalCommand, Serve};
use self::renewal::{Renew, Renewals};
pub use self::room::{Room, VaultChoice};
use self::step::{BringBack, Check, Page};
pub use self::teams::TeamsCommand;
use crate::certificates::CertCommand;
use crate::receiving::ReceiveCommand;

/// Connects a product to Microsoft 365, step by documented step, with every step proven.
#[derive(Debug, Parser)]
#[command(name = "footbridge", version, max_term_width = 100)]
pub struct Arguments {
    #[command(flatten)]
    pub room: Room,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the built-in guides
    Guides(Shape),
    /// Write, check, sign and trust guides, or print their asks
    #[command(subcommand)]
    Guide(GuideCommand),
    /// Walk a whole guide in a pretend tenant on this computer
    Rehearse(Rehearse),
    /// Walk a guide in a real tenant, as far as it goes now
    Run(Run),
    /// Look at every step; change nothing
    Check(Box<Check>),
    /// Show what run would change; change nothing
    Plan(Look),
    /// Put one step into a file for the admin who may do it, and a text to mail
    PassOn(PassOn),
    /// Open a step that another admin passed on, sign in, and run that step
    TakeOver(TakeOver),
    /// Take the sealed values of a connection to the product, over HTTPS or SFTP
    #[command(subcommand)]
    Deliver(DeliverCommand),
    /// Take back what this connection made, newest first
    Undo(Undo),
    /// Bring an application back that a step took down, within 30 days
    BringBack(BringBack),
    /// Write the page for the product's end users, in one language
    Page(Page),
    /// List the connections
    Connections(Shape),
    /// Ask both hosts of the cloud, and tell by which way each is reached and who signs its certificate
    Network(NetworkTest),
    /// Apply one guide to many tenants, with one sign-in
    #[command(subcommand)]
    Many(ManyCommand),
    /// List every secret and certificate with its end; ends with 10 when one is due, with 11 when one has ended
    Renewals(Renewals),
    /// Replace a secret or certificate without a gap
    Renew(Box<Renew>),
    /// Export or verify the journal
    #[command(subcommand)]
    Journal(JournalCommand),
    /// Write what somebody who helps needs to know: no name, no id, no answer and no secret is in it
    Support(Support),
    /// Open, inspect and verify sealed bundles; make a key to receive them
    #[command(subcommand)]
    Bundle(BundleCommand),
    /// Make, import, export and look at certificates, with the network cable out
    #[command(subcommand)]
    Cert(CertCommand),
    /// On the product's server: make an offer, take a bundle in, write the product's files
    #[command(subcommand)]
    Receive(Box<ReceiveCommand>),
    /// Hand the script to the Teams or Exchange admin and take the result back
    #[command(subcommand)]
    Teams(TeamsCommand),
    /// Show what is laid down for this machine, or check a policy file before it is rolled out
    Policy(PolicyOptions),
    /// The pretend tenant by itself
    #[command(subcommand)]
    Rehearsal(RehearsalCommand),
}

#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Shape {
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct NetworkTest {
    /// A cloud file: login, graph, portal, ca_file, client_id
    #[arg(long, value_name = "FILE", conflicts_with = "place")]
    pub cloud: Option<PathBuf>,
    /// global, us-government, us-dod or china [default: global]
    #[arg(long, value_name = "NAME")]
    pub place: Option<String>,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct Rehearse {
    /// The guide's id
    pub guide: String,
    /// The folder for bundle, sheet, report and passphrase [default: a new one here]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// How many people the pretend tenant has
    #[arg(long, value_name = "NUMBER", default_value_t = 200)]
    pub users: usize,
    /// The seed of everything that looks random
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// How long a change needs until every replica shows it; takes no real time
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub replication_delay: u64,
    /// Who signs in [default: the Privileged Role Administrator]
    #[arg(long, value_name = "UPN")]
    pub account: Option<String>,
    /// Write each Graph exchange as a JSON line
    #[arg(long, value_name = "FILE")]
    pub traffic_log: Option<PathBuf>,
    /// What goes wrong, and when (docs/rehearsal.md)
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Whose key the bundle is sealed to (JWK or PEM), or the offer that it answers [default: a passphrase]
    #[arg(long, value_name = "FILE")]
    pub recipient: Option<PathBuf>,
    #[command(flatten)]
    pub push: Push,
    /// Renew the credential as well, through all stages, once everything is done
    #[arg(long)]
    pub renew: bool,
    #[command(flatten)]
    pub shape: Shape,
}

/// Which cloud, and how to sign in there.
#[derive(Debug, Clone, Args)]
pub struct SignInOptions {
    /// A cloud file: login, graph, portal, ca_file, client_id
    #[arg(long, value_name = "FILE", conflicts_with = "place")]
    pub cloud: Option<PathBuf>,
    /// global, us-government, us-dod or china [default: global]
    #[arg(long, value_name = "NAME")]
    pub place: Option<String>,
    /// The tenant's id or a domain of it
    #[arg(long, value_name = "TENANT")]
    pub tenant: Option<String>,
    /// The public client to sign in with
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Sign in with the browser of this computer instead of a code
    #[arg(long)]
    pub browser: bool,
}

#[derive(Debug, Args)]
pub struct Run {
    /// The guide's id
    pub guide: String,
    /// Your name for this connection; made when it is new
    #[arg(long, value_name = "NAME")]
    pub connection: String,
    #[command(flatten)]
    pub sign_in: SignInOptions,
    /// Answers to the guide's asks (footbridge guide asks GUIDE)
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Stop after this step
    #[arg(long, value_name = "STEP")]
    pub until: Option<String>,
    /// The folder for bundle, sheet and report [default: this one]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Whose key the bundle is sealed to: JWK, PEM or offer
    #[arg(long, value_name = "FILE", conflicts_with = "passphrase_file")]
    pub recipient: Option<PathBuf>,
    #[command(flatten)]
    pub push: Push,
    /// A new file for the passphrase of the bundle
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// A file that holds the password of an account that a step asks for [default: asked for without echo]
    #[arg(long, value_name = "NAME=FILE")]
    pub password_file: Vec<String>,
    /// Take over an object that this connection did not make
    #[arg(long, value_name = "STEP=OBJECT-ID")]
    pub adopt: Vec<String>,
    /// Look at an application that was made by hand, by its application (client) ID
    #[arg(long, value_name = "STEP=CLIENT-ID")]
    pub existing: Vec<String>,
    /// Make another object although the name is taken
    #[arg(long, value_name = "STEP")]
    pub beside: Vec<String>,
    /// Wait until steps that wait for Microsoft have turned green, at most 40 minutes
    #[arg(long)]
    pub wait: bool,
    /// Say yes to every plan and confirm the notices
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct Look {
    /// The connection
    #[arg(long, value_name = "NAME")]
    pub connection: String,
    #[command(flatten)]
    pub sign_in: SignInOptions,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct PassOn {
    /// The step's id
    pub step: String,
    /// The connection
    #[arg(long, value_name = "NAME")]
    pub connection: String,
    /// The new file for the other admin's Footbridge
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    #[command(flatten)]
    pub sign_in: SignInOptions,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct TakeOver {
    /// The file that the other admin sent
    pub file: PathBuf,
    /// Your name for this connection [default: the other admin's, and the step]
    #[arg(long, value_name = "NAME")]
    pub connection: Option<String>,
    #[command(flatten)]
    pub sign_in: SignInOptions,
    /// A file that holds the password of an account that the step asks for [default: asked for without echo]
    #[arg(long, value_name = "NAME=FILE")]
    pub password_file: Vec<String>,
    /// Say yes to the plan
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub shape: Shape,
}

#[derive(Debug, Args)]
pub struct Undo {
    #[command(flatten)]
    pub look: Look,
    /// Take it back without asking
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Write the journal, one JSON object a line
    Export {
        /// Only this connection
        #[arg(long, value_name = "NAME")]
        connection: Option<String>,
        /// A new file [default: standard output]
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Replace names of people, tenants and connections; such an export cannot be verified
        #[arg(long)]
        strike_names: bool,
    },
    /// Check that no entry was changed, dropped, moved or put in
    Verify(Shape),
}

#[derive(Debug, Args)]
pub struct Support {
    /// A new file [default: standard output, to be read first]
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

impl Command {
    /// Whether events are wanted instead of lines.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Guides(shape) | Self::Connections(shape) => shape.json,
            Self::Network(test) => test.shape.json,
            Self::Policy(policy) => policy.json,
            Self::Guide(command) => command.wants_json(),
            Self::Rehearse(rehearse) => rehearse.shape.json,
            Self::Run(run) => run.shape.json,
            Self::Check(check) => check.look.shape.json,
            Self::Plan(look) => look.shape.json,
            Self::PassOn(passed) => passed.shape.json,
            Self::TakeOver(taken) => taken.shape.json,
            Self::Deliver(command) => command.is_json(),
            Self::Undo(undo) => undo.look.shape.json,
            Self::BringBack(back) => back.look.shape.json,
            Self::Page(page) => page.shape.json,
            Self::Many(command) => command.wants_json(),
            Self::Renewals(renewals) => renewals.shape.json,
            Self::Renew(renew) => renew.shape.json,
            Self::Journal(JournalCommand::Verify(shape)) => shape.json,
            Self::Bundle(command) => command.wants_json(),
            Self::Teams(TeamsCommand::Script { shape, .. } | TeamsCommand::Result { shape, .. }) => {
                shape.json
            }
            Self::Cert(command) => command.wants_json(),
            Self::Receive(command) => command.wants_json(),
            Self::Journal(JournalCommand::Export { .. }) | Self::Rehearsal(_) | Self::Support(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use clap::CommandFactory as _;
    use engine::guide::Language;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn the_manual_page_knows_every_command_and_no_other() {
        let page = include_str!("../../../../packaging/linux/footbridge.1");
        let section = page.split(".SH COMMANDS").nth(1).and_then(|rest| rest.split(".SH").next()).unwrap();
        let told = section.lines().filter_map(|line| line.strip_prefix(".BR ").or(line.strip_prefix(".B ")));
        let told: std::collections::BTreeSet<String> =
            told.flat_map(|line| line.split(",\\ ")).map(|word| word.trim().to_owned()).collect();
        let command = Arguments::command();
        let are: std::collections::BTreeSet<String> =
            command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
        assert_eq!(told, are);
    }

    #[test]
    fn run_takes_what_the_page_documents() {
        let line = "footbridge run targetconnect --connection x --cloud c.toml --tenant t --client-id i --answers a \
                    --until secret --browser --out o --recipient r --yes --json --data-dir d --vault memory --lang de";
        let arguments = parse(line).unwrap();
        assert!(arguments.command.wants_json());
        assert_eq!(arguments.room.vault, Some(VaultChoice::Memory));
        assert_eq!(arguments.room.lang, Some(Language::German));
        let Command::Run(run) = arguments.command else { panic!("not run") };
        assert_eq!((run.until.as_deref(), run.yes, run.sign_in.browser), (Some("secret"), true, true));
    }

    #[test]
    fn what_does_not_go_together_is_refused() {
        for line in [
            "footbridge",
            "footbridge nothing",
            "footbridge run targetconnect",
            "footbridge run g --connection x --cloud c --place china",
            "footbridge run g --connection x --recipient r --passphrase-file p",
            "footbridge guides --lang fr",
            "footbridge guides --vault plain",
            "footbridge rehearsal serve --ca-out x",
            "footbridge bundle open b --key k",
            "footbridge bundle selftest https://p.example/b",
            "footbridge rehearse g --users many",
            "footbridge receive open b",
            "footbridge receive open b --template env --to e --mode 0644",
            "footbridge receive listen --template env --to e --certificate c",
            "footbridge receive offer --product p --out f --lifetime 2",
            "footbridge receive offer --product p --out f --no-pin",
            "footbridge receive offer --product p --out f --own-certificate --accepts secret",
            "footbridge policy check",
            "footbridge policy write f",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn every_command_of_the_page_parses() {
        for line in [
            "footbridge guides",
            "footbridge guide lint guide.toml --json",
            "footbridge guide asks targetconnect",
            "footbridge rehearse g --out o --users 9 --seed 2 --replication-delay 60 --account a --traffic-log t --json",
            "footbridge check --connection x",
            "footbridge plan --connection x --json",
            "footbridge undo --connection x --yes",
            "footbridge connections --json",
            "footbridge network --json --proxy http://p.example:8080 --proxy-user u --proxy-password-file f --ca-file c",
            "footbridge run g --connection x --proxy none",
            "footbridge policy --json",
            "footbridge policy check f --json --policy g",
            "footbridge journal export --strike-names --out f",
            "footbridge journal verify",
            "footbridge support --out f",
            "footbridge bundle key --out k",
            "footbridge bundle open b --key k --out o",
            "footbridge bundle inspect b",
            "footbridge bundle verify b --passphrase-file p --rehearsal",
            "footbridge bundle passphrase --connection x --out f",
            "footbridge receive offer --product p --install i --out f --endpoint https://a/b --no-pin --accepts secret \
             --lifetime 2h --state s --json",
            "footbridge receive offer --product p --out f --endpoint https://a/b --certificate c --own-certificate",
            "footbridge receive listen --address 0.0.0.0:8443 --certificate c --key k --wait --once --template env --to e \
             --template ./t --to f --owner o:g --mode 0640 --yes-from F --state s --json",
            "footbridge receive open b --template pfx --to p --pfx-passphrase-file f --accept-rehearsal",
            "footbridge receive approve",
            "footbridge receive approve NUMBER --refuse",
            "footbridge bundle selftest https://p.example/b --offer o --this-machine --json",
            "footbridge teams script --connection x --step policy --out d",
            "footbridge teams result --connection x --step policy result.json",
            "footbridge rehearsal serve --listen 127.0.0.1:0 --tls --ca-out c --seed 1 --users 1 --service-principals 1 \
             --replication-delay 1 --latency 1 --faults f --traffic-log t",
        ] {
            assert!(parse(line).is_ok(), "{line}: {:?}", parse(line).err());
        }
    }

    #[test]
    fn no_option_takes_a_secret_as_its_value() {
        fn options(command: &clap::Command, names: &mut Vec<String>) {
            names.extend(command.get_arguments().filter_map(|option| option.get_long().map(str::to_owned)));
            command.get_subcommands().for_each(|command| options(command, names));
        }
        let mut names = Vec::new();
        options(&Arguments::command(), &mut names);
        assert!(names.len() > 30);
        for word in ["passphrase", "password", "secret", "token"] {
            for name in names.iter().filter(|name| name.contains(word)) {
                assert!(name.ends_with("-file"), "--{name}");
            }
        }
    }
}
