//! Writes ui/src/ipc.gen.ts from view.rs and from the signatures in ipc.rs, and fails when the committed
//! file differs. Only compiled for tests: the app itself never writes source.

use std::{any::TypeId, collections::BTreeMap, fmt::Write};

use syn::{FnArg, GenericArgument, Item, ItemFn, Pat, PathArguments, ReturnType, Type};
use ts_rs::{Config, TS, TypeVisitor};

use crate::view;

const HEAD: &str = "// Generated from src-tauri/src/view.rs and src-tauri/src/ipc.rs. Do not edit: a test compares it.\n\
    // Write it anew with FOOTBRIDGE_WRITE_BINDINGS=1 cargo test -p footbridge-desktop bindings\n\n\
    import { Channel, invoke } from '@tauri-apps/api/core';\n\
    import { listen } from '@tauri-apps/api/event';\n\n\
    /** Receives what happens while a command runs. */\nexport type Ticks<T> = (tick: T) => void;\n\n\
    function channel<T>(ticks: Ticks<T>): Channel<T> {\n  const made = new Channel<T>();\n  \
    made.onmessage = ticks;\n  return made;\n}\n\n\
    /** Goes there when a reminder was clicked; gives back how to stop. */\n\
    export function whenRenewalsAreWanted(go: () => void): Promise<() => void> {\n  \
    return listen('renewals-wanted', go);\n}\n\n\
    /** Goes there when the app was opened with a file while it ran; gives back how to stop. */\n\
    export function whenAFileIsOpened(go: () => void): Promise<() => void> {\n  \
    return listen('file-opened', go);\n}\n";

/// The whole file.
fn bindings(ipc: &[String]) -> String {
    let mut out = String::from(HEAD);
    for (_, declaration) in declarations() {
        out.push('\n');
        out.push_str(&declaration);
    }
    for command in all_commands(ipc) {
        out.push('\n');
        out.push_str(&command_text(&command));
    }
    out
}

#[derive(Default)]
struct Collected {
    config: Config,
    seen: Vec<TypeId>,
    declared: BTreeMap<String, String>,
}

impl TypeVisitor for Collected {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if self.seen.contains(&TypeId::of::<T>()) {
            return;
        }
        self.seen.push(TypeId::of::<T>());
        if T::output_path().is_some() {
            let docs = doc_comment(&T::docs().unwrap_or_default());
            let text = format!("{docs}export {}\n", on_one_line(&T::decl(&self.config)));
            self.declared.insert(T::name(&self.config), text);
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

fn declarations() -> BTreeMap<String, String> {
    let mut all = Collected::default();
    all.visit::<view::Home>();
    all.visit::<view::Checklist>();
    all.visit::<view::Journal>();
    all.visit::<view::SignInOffer>();
    all.visit::<view::SignInTick>();
    all.visit::<view::Tick>();
    all.visit::<view::PeopleFound>();
    all.visit::<view::PeopleRead>();
    all.visit::<view::Copied>();
    all.visit::<view::Saved>();
    all.visit::<view::Trouble>();
    all.visit::<view::Answer>();
    all.visit::<view::Seal>();
    all.visit::<view::Sftp>();
    all.visit::<view::Workshop>();
    all.visit::<view::CertificateOrder>();
    all.visit::<view::Compared>();
    all.visit::<view::Renewals>();
    all.visit::<view::RenewalPane>();
    all.visit::<view::Judged>();
    all.visit::<view::OpenedFile>();
    all.visit::<view::OwnGuide>();
    all.visit::<view::PassedOn>();
    all.visit::<view::NetworkTest>();
    all.visit::<view::ProxyChoice>();
    all.declared
}

/// Puts each field's comment on the field's own line.
fn on_one_line(declaration: &str) -> String {
    declaration
        .replace("/**\n * ", "  /** ")
        .replace("\n */\n", " */ ")
        .replace(", }", " }")
        .replace(" \n", "\n")
}

fn doc_comment(docs: &str) -> String {
    let text = docs.trim().trim_start_matches("/**").trim_end_matches("*/");
    let lines: Vec<&str> = text.lines().map(|line| line.trim().trim_start_matches('*').trim()).collect();
    let joined = lines.join(" ").trim().to_owned();
    if joined.is_empty() { String::new() } else { format!("/** {joined} */\n") }
}

struct Command {
    name: String,
    docs: String,
    arguments: Vec<(String, String)>,
    gives: String,
}

fn all_commands(files: &[String]) -> Vec<Command> {
    files.iter().flat_map(|file| commands(file)).collect()
}

fn commands(ipc: &str) -> Vec<Command> {
    let file = syn::parse_file(ipc).unwrap_or_else(|fault| panic!("ipc.rs is not Rust: {fault}"));
    let functions = file.items.into_iter().filter_map(|item| match item {
        Item::Fn(function) if is_command(&function) => Some(function),
        _ => None,
    });
    functions.map(|function| command(&function)).collect()
}

fn is_command(function: &ItemFn) -> bool {
    let ends = |path: &syn::Path| path.segments.last().is_some_and(|last| last.ident == "command");
    function.attrs.iter().any(|attribute| ends(attribute.path()))
}

fn command(function: &ItemFn) -> Command {
    let mut arguments = Vec::new();
    for input in &function.sig.inputs {
        let FnArg::Typed(typed) = input else { continue };
        let Pat::Ident(name) = &*typed.pat else { panic!("a command's argument is a name") };
        if let Some(text) = argument_type(&typed.ty) {
            arguments.push((name.ident.to_string(), text));
        }
    }
    let ReturnType::Type(_, gives) = &function.sig.output else { panic!("a command returns Given<T>") };
    let docs = function.attrs.iter().filter_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => {
                Some(text.value().trim().to_owned())
            }
            _ => None,
        },
        _ => None,
    });
    Command {
        name: function.sig.ident.to_string(),
        docs: docs.collect::<Vec<_>>().join(" "),
        arguments,
        gives: type_text(inner(gives).unwrap_or(gives)),
    }
}

/// `None` for what Tauri itself fills in.
fn argument_type(kind: &Type) -> Option<String> {
    match last_name(kind).as_str() {
        "AppHandle" | "State" => None,
        "Channel" => Some(format!("Ticks<{}>", type_text(inner(kind).unwrap_or(kind)))),
        _ => Some(type_text(kind)),
    }
}

fn type_text(kind: &Type) -> String {
    if matches!(kind, Type::Tuple(tuple) if tuple.elems.is_empty()) {
        return "null".to_owned();
    }
    match (last_name(kind).as_str(), inner(kind)) {
        ("String", _) => "string".to_owned(),
        ("bool", _) => "boolean".to_owned(),
        ("u32", _) => "number".to_owned(),
        ("Vec", Some(item)) => format!("{}[]", type_text(item)),
        ("Option", Some(item)) => format!("{} | null", type_text(item)),
        (name, _) => name.to_owned(),
    }
}

fn last_name(kind: &Type) -> String {
    match kind {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default(),
        _ => String::new(),
    }
}

fn inner(kind: &Type) -> Option<&Type> {
    let Type::Path(path) = kind else { return None };
    let PathArguments::AngleBracketed(list) = &path.path.segments.last()?.arguments else { return None };
    list.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(found) => Some(found),
        _ => None,
    })
}

fn command_text(command: &Command) -> String {
    let mut camel = String::new();
    for (place, word) in command.name.split('_').enumerate() {
        let (first, rest) = word.split_at(1);
        camel.push_str(&if place == 0 { word.to_owned() } else { first.to_uppercase() + rest });
    }
    let takes: Vec<String> = command.arguments.iter().map(|(name, kind)| format!("{name}: {kind}")).collect();
    let sends: Vec<String> = command
        .arguments
        .iter()
        .map(
            |(name, kind)| {
                if kind.starts_with("Ticks<") { format!("{name}: channel({name})") } else { name.clone() }
            },
        )
        .collect();
    let body = if sends.is_empty() { String::new() } else { format!(", {{ {} }}", sends.join(", ")) };
    let mut out = String::new();
    let _ = writeln!(out, "/** {} */", command.docs);
    let _ = writeln!(out, "export function {camel}({}): Promise<{}> {{", takes.join(", "), command.gives);
    let _ = writeln!(out, "  return invoke('{}'{body});\n}}", command.name);
    out
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// Set to `1` to write the file instead of comparing it.
    const REWRITE: &str = "FOOTBRIDGE_WRITE_BINDINGS";

    fn read(path: &str) -> String {
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect(path)
    }

    /// The files in which commands are written.
    fn ipc() -> Vec<String> {
        [
            "src/ipc.rs",
            "src/ipc/copies.rs",
            "src/ipc/deliveries.rs",
            "src/ipc/network.rs",
            "src/ipc/opened.rs",
            "src/ipc/own_guides.rs",
            "src/ipc/support.rs",
        ]
        .map(read)
        .to_vec()
    }

    #[test]
    fn bindings_are_current() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/src/ipc.gen.ts");
        let wanted = bindings(&ipc());
        if std::env::var(REWRITE).as_deref() == Ok("1") {
            fs::write(&path, &wanted).expect("ipc.gen.ts can be written");
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == wanted,
            "ui/src/ipc.gen.ts is not current: run the tests with {REWRITE}=1 and commit it"
        );
    }

    #[test]
    fn the_list_names_every_command_and_nothing_else() {
        let source = read("src/ipc.rs");
        let (_, rest) = source.split_once("generate_handler![").expect("the list");
        let (list, _) = rest.split_once(']').expect("its end");
        let mut listed: Vec<&str> = list
            .split(',')
            .map(|name| name.trim().rsplit("::").next().unwrap_or_default())
            .filter(|name| !name.is_empty())
            .collect();
        let commands = all_commands(&ipc());
        let mut written: Vec<&str> = commands.iter().map(|command| command.name.as_str()).collect();
        listed.sort_unstable();
        written.sort_unstable();
        assert_eq!(listed, written);
    }

    #[test]
    fn the_capability_allows_every_command_and_no_plugin_of_files_or_network() {
        let text = read("capabilities/main.json");
        let capability: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let allowed: Vec<&str> = capability["permissions"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|name| name.as_str())
            .collect();
        for command in all_commands(&ipc()) {
            let name = format!("allow-{}", command.name.replace('_', "-"));
            assert!(allowed.contains(&name.as_str()), "{name} is missing in capabilities/main.json");
        }
        let mine = allowed.iter().filter(|name| name.starts_with("allow-")).count();
        assert_eq!(mine, all_commands(&ipc()).len());
        assert!(
            allowed.iter().all(|name| name.starts_with("allow-") || name.starts_with("core:")),
            "{allowed:?}"
        );
        assert_eq!(capability["windows"], serde_json::json!(["main"]));
    }

    /// The isolation frame is JavaScript without packages, so it cannot import the list: it is compared instead.
    #[test]
    fn the_isolation_frame_knows_every_command_with_its_arguments_and_no_other() {
        let frame = read("../ui/isolation/index.js");
        let (_, rest) = frame.split_once("const commands = {").expect("the table");
        let (table, _) = rest.split_once("\n};").expect("its end");
        let mut known: Vec<String> = table
            .lines()
            .filter_map(|line| line.trim().split_once(':'))
            .map(|(name, _)| name.to_owned())
            .collect();
        let mut written: Vec<String> = all_commands(&ipc()).into_iter().map(|command| command.name).collect();
        known.sort_unstable();
        written.sort_unstable();
        assert_eq!(known, written);
        let shapes =
            [("here", "connection"), ("atStep", "connection step"), ("runs", "connection step ticks")];
        for command in all_commands(&ipc()) {
            let line = table
                .lines()
                .find(|line| line.trim().starts_with(&format!("{}:", command.name)))
                .unwrap_or("");
            let given = line.split_once(':').map_or("", |(_, given)| given);
            for (argument, _) in &command.arguments {
                let named = given.split(|letter: char| !letter.is_alphanumeric()).any(|word| {
                    word == argument
                        || shapes.iter().any(|(shape, holds)| {
                            word == *shape && holds.split(' ').any(|held| held == argument)
                        })
                });
                assert!(named, "the isolation frame does not know {argument} of {}", command.name);
            }
        }
    }

    #[test]
    fn a_signature_becomes_a_function() {
        let text = "/// Says.\n#[tauri::command]\nasync fn two_words(stage: State<'_, Stage>, a: Option<String>, \
                    ticks: Channel<Tick>) -> Given<Vec<Saved>> { stage.x() }";
        let made = command_text(&commands(text)[0]);
        assert!(
            made.contains("export function twoWords(a: string | null, ticks: Ticks<Tick>): Promise<Saved[]>")
        );
        assert!(made.contains("invoke('two_words', { a, ticks: channel(ticks) })"));
    }
}
