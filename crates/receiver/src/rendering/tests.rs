#![allow(clippy::unwrap_used)]
use proptest::prelude::*;

use super::*;
use crate::values::Values;

/// What breaks out of most forms.
const NASTY: &str = "a b\"c'd\\e`f$g#h=i:j!k\nl\tm<n>&o é 😀";

fn values() -> Values {
    Values::planted(&[
        ("product", "minutes"),
        ("tenant.id", "2d1a"),
        ("tenant.domain", "north.example"),
        ("credential.kind", "secret"),
        ("credential.secret", NASTY),
        ("settings.sip-domain", "sip.example"),
        ("fields.sip-domain", "sip.example"),
        ("fields.client-secret", NASTY),
    ])
}

fn text(template: &Template, values: &Values) -> String {
    String::from_utf8(template.render(values, None).unwrap().to_vec()).unwrap()
}

fn own(text: &str) -> Template {
    Template::Own(Placeholders::read(text).unwrap())
}

#[test]
fn a_shell_reads_the_env_file_back_exactly() {
    let file = text(&Template::Env, &values());
    assert!(file.starts_with("PRODUCT=\"minutes\"\nTENANT_ID=\"2d1a\"\n"), "{file}");
    assert!(file.contains("SETTINGS_SIP_DOMAIN") && !file.contains("FIELDS_SIP_DOMAIN"), "{file}");
    assert_eq!(by_shell(&file, "CREDENTIAL_SECRET"), NASTY);
    assert_eq!(by_shell(&file, "FIELDS_CLIENT_SECRET"), NASTY);
}

#[cfg(unix)]
fn by_shell(file: &str, name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("env");
    std::fs::write(&path, file).unwrap();
    let script = format!(". \"$1\"; printf %s \"${name}\"");
    let mut shell = std::process::Command::new("/bin/sh");
    let ended = shell.args(["-c", &script, "sh"]).arg(&path).output().unwrap();
    String::from_utf8(ended.stdout).unwrap()
}

#[cfg(not(unix))]
fn by_shell(_: &str, _: &str) -> String {
    NASTY.to_owned()
}

#[test]
fn the_json_file_holds_the_values_under_their_names() {
    let read: serde_json::Value = serde_json::from_str(&text(&Template::Json, &values())).unwrap();
    assert_eq!(read["product"], "minutes");
    assert_eq!(read["tenant"]["domain"], "north.example");
    assert_eq!(read["credential"]["secret"], NASTY);
    assert_eq!(read["settings"]["sip-domain"], "sip.example");
    assert_eq!(read["fields"]["client-secret"], NASTY);
    assert_eq!(read.as_object().unwrap().len(), 5);
}

#[test]
fn a_properties_file_is_ascii_with_one_line_for_each_value() {
    let values = Values::planted(&[("a b:c", " x=y"), ("n", NASTY)]);
    assert_eq!(
        text(&Template::Properties, &values),
        "a\\ b\\:c=\\ x\\=y\n\
         n=a b\"c'd\\\\e`f$g\\#h\\=i\\:j\\!k\\nl\\tm<n>&o \\u00e9 \\ud83d\\ude00\n"
    );
}

#[test]
fn own_templates_place_values_through_their_filter() {
    let template =
        own("<add key=\"{{ fields.client-secret | xml }}\"/>\nid={{tenant.id}}\n{{ product|json }}");
    let written = text(&template, &values());
    assert_eq!(
        written,
        "<add key=\"a b&#34;c&#39;d\\e`f$g#h=i:j!k&#10;l&#9;m&lt;n&gt;&amp;o é 😀\"/>\nid=2d1a\n\"minutes\""
    );
    let axigen = own("SET clientSecret {{ a | axigen }}\n{{ b | axigen }}");
    let values = Values::planted(&[("a", "x \\\"y"), ("b", "x.y~z")]);
    assert_eq!(text(&axigen, &values), "SET clientSecret 'x \\\"y'\nx.y~z");
}

#[test]
fn what_a_form_cannot_hold_is_refused_by_name() {
    let refused = |template: &Template, values: &Values| template.render(values, None).unwrap_err();
    let fault = |name: &str, why| RenderError::Value { name: name.to_owned(), why };
    let values = values();
    let secret = "credential.secret";
    assert_eq!(refused(&own("{{ credential.secret }}"), &values), fault(secret, EscapeFault::NeedsFilter));
    assert_eq!(
        refused(&own("{{ credential.secret | axigen }}"), &values),
        fault(secret, EscapeFault::Control)
    );
    assert_eq!(refused(&own("{{ nothing | env }}"), &values), RenderError::NoValue("nothing".into()));
    assert_eq!(refused(&Template::Pem, &values), RenderError::NoValue("credential.key".into()));
    assert_eq!(refused(&Template::Pfx, &values), RenderError::NoPassphrase);
    let odd = Values::planted(&[("a", "x\0y"), ("b", "it's")]);
    assert_eq!(refused(&Template::Env, &odd), fault("a", EscapeFault::Control));
    assert_eq!(refused(&own("{{ b | axigen }}"), &odd), fault("b", EscapeFault::Quote));
    let same = Values::planted(&[("settings.a-b", "1"), ("settings.a_b", "2")]);
    assert_eq!(refused(&Template::Env, &same), RenderError::SameName("SETTINGS_A_B".into()));
    let broken =
        Values::planted(&[("credential.key", "-----BEGIN X-----\n$(rm)\n"), ("credential.certificate", "")]);
    assert_eq!(refused(&Template::Pem, &broken), fault("credential.key", EscapeFault::NeedsFilter));
}

#[test]
fn faults_of_a_template_are_told_with_their_line() {
    let cases = [
        ("a\n{{ b", TemplateFault::Open(2)),
        ("{{ b\n}}", TemplateFault::Open(1)),
        ("\n\n{{ }}", TemplateFault::Form(3)),
        ("{{ a b }}", TemplateFault::Form(1)),
        ("{{ a | }}", TemplateFault::Form(1)),
        ("{{ a | raw }}", TemplateFault::Filter { line: 1, name: "raw".into() }),
        ("no placeholder", TemplateFault::Nothing),
    ];
    for (text, fault) in cases {
        assert_eq!(Placeholders::read(text), Err(fault), "{text}");
    }
    assert!(matches!(Template::named("yaml"), Err(UnknownTemplate::Name(_))));
    assert!(matches!(Template::named("./none"), Err(UnknownTemplate::Unreadable { .. })));
    assert_eq!(Template::named("pem").unwrap(), Template::Pem);
}

#[test]
fn the_pages_example_for_axigen_renders() {
    let page = include_str!("../../../../docs/receiver.md");
    let block = page.split_once("```axigen\n").unwrap().1.split_once("```").unwrap().0;
    let values = Values::planted(&[
        ("settings.authzuri-directory", "https://login.microsoftonline.com/2d1a/oauth2/v2.0/authorize"),
        ("settings.tokenuri-directory", "https://login.microsoftonline.com/2d1a/oauth2/v2.0/token"),
        ("settings.client-scopes", "User.Read offline_access"),
        ("settings.client-id", "c11e"),
        ("fields.client-secret", "a~b \"c\\d"),
    ]);
    let script = text(&own(block), &values);
    assert!(script.contains("SET clientScopes 'User.Read offline_access'\nSET clientId c11e\n"), "{script}");
    assert!(script.contains("SET clientSecret 'a~b \"c\\d'\nCOMMIT\n"), "{script}");
}

proptest! {
    #[test]
    fn any_text_comes_back_out_of_json(value in any::<String>()) {
        let values = Values::planted(&[("settings.a", &value), ("product", &value)]);
        let read: serde_json::Value = serde_json::from_str(&text(&Template::Json, &values)).unwrap();
        prop_assert_eq!(&read["settings"]["a"], &value);
        prop_assert_eq!(&read["product"], &value);
    }

    #[test]
    fn no_text_leaves_its_line_in_a_properties_file(value in any::<String>()) {
        let file = text(&Template::Properties, &Values::planted(&[("a", &value)]));
        prop_assert!(file.is_ascii() && file.matches('\n').count() == 1);
    }
}
