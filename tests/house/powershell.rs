//! Every PowerShell script of the project parses in the grammar of PowerShell, and none makes code or commands out of a
//! value: whoever runs one with an admin's rights runs the text that was reviewed, and nothing else.

use tree_sitter::{Node, Parser};

use crate::tree::{self, Source};
use crate::{Breach, reported, uphold};

const PARSES: &str =
    "A script that goes to another admin is read and run there; one that does not parse is found too late";
const CODE: &str = "A value from outside must stay a value: no text becomes code, and no name of a command comes from a variable";
/// Commands that turn text into code, or start something of which the text does not tell.
const MAKES_CODE: [&str; 6] =
    ["invoke-expression", "iex", "invoke-command", "start-process", "add-type", "new-object"];

fn scripts() -> Vec<Source> {
    let found: Vec<Source> = tree::sources()
        .into_iter()
        .filter(|source| source.is(".ps1") && source.path.starts_with("crates/"))
        .collect();
    assert!(found.len() >= 2, "the walk found only {} scripts", found.len());
    found
}

fn parsed(source: &Source) -> tree_sitter::Tree {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).unwrap();
    parser.parse(&source.text, None).unwrap()
}

fn each<'t>(node: Node<'t>, see: &mut dyn FnMut(Node<'t>)) {
    see(node);
    let mut cursor = node.walk();
    for child in node.children(&mut cursor).collect::<Vec<_>>() {
        each(child, see);
    }
}

fn at(source: &Source, node: Node<'_>) -> String {
    format!("{}:{}", source.path, node.start_position().row + 1)
}

fn errors(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        let tree = parsed(source);
        each(tree.root_node(), &mut |node| {
            if node.is_error() || node.is_missing() {
                breaches.push(Breach::new(at(source, node), "does not parse here", PARSES));
            }
        });
    }
    breaches
}

/// Text as code: commands that evaluate, commands called by a variable, script blocks out of strings, strings that expand.
fn code_from_values(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in sources {
        let tree = parsed(source);
        let text = |node: Node<'_>| node.utf8_text(source.text.as_bytes()).unwrap_or_default().to_lowercase();
        each(tree.root_node(), &mut |node| {
            let found = match node.kind() {
                "command_name" if MAKES_CODE.contains(&text(node).as_str()) => Some("makes code out of text"),
                "command_invokation_operator" => Some("calls a command by a value"),
                "type_literal" if text(node).contains("scriptblock") => Some("makes code out of text"),
                "expandable_string_literal" | "expandable_here_string_literal"
                    if text(node).contains('$') =>
                {
                    Some("has a string that puts values into text")
                }
                _ => None,
            };
            if let Some(what) = found {
                breaches.push(Breach::new(at(source, node), what, CODE));
            }
        });
    }
    breaches
}

#[test]
fn every_script_parses() {
    uphold(&errors(&scripts()));
}

#[test]
fn no_script_makes_code_out_of_a_value() {
    uphold(&code_from_values(&scripts()));
}

#[test]
fn the_control_of_scripts_that_do_not_parse() {
    for broken in
        ["if ($a -eq 1) { Write-Output 'x'", "$a = @{ 'b' = ", "foreach ($x in ) { }", "Get-It -Name 'open"]
    {
        reported(&errors(&[Source::planted("crates/x/broken.ps1", broken)]), "broken.ps1");
    }
    let whole = Source::planted("crates/x/whole.ps1", "if ($a -eq 1) { Write-Output 'x' }\n");
    assert_eq!(errors(&[whole]), Vec::new());
}

#[test]
fn the_control_of_scripts_that_make_code() {
    for bad in [
        "Invoke-Expression $line\n",
        "& $wanted['command']\n",
        ". $file\n",
        "$block = [scriptblock]::Create($line)\n",
        "$filter = \"Name -eq '$name'\"\n",
        "Add-Type -TypeDefinition $line\n",
    ] {
        reported(&code_from_values(&[Source::planted("crates/x/bad.ps1", bad)]), "bad.ps1");
    }
    let good = Source::planted(
        "crates/x/good.ps1",
        "$filter = \"Name -eq '\" + $name + \"'\"\nGet-It -Name $name\n",
    );
    assert_eq!(code_from_values(&[good]), Vec::new());
}
