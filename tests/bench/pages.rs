//! The other side of comparing identities: every page of users fetched by a bare loop of reqwest, in a process of its own, which
//! keeps nothing but the address of the next page.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use reqwest::{Certificate, Client};
use serde::Deserialize;

use crate::memory;
use crate::process;
use crate::scene::Scene;

/// The word by which this program becomes the loop.
pub const CALL: &str = "read-pages";

/// What the loop read and took.
pub struct Read {
    /// How many pages.
    pub pages: usize,
    /// Seconds until the first page was there.
    pub first: f64,
    /// Seconds until the last was.
    pub all: f64,
    /// The most memory that it held, in bytes.
    pub memory: u64,
}

#[derive(Deserialize)]
struct Page {
    #[serde(rename = "@odata.nextLink")]
    next: Option<String>,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

/// Runs the loop as a child.
pub fn by_a_bare_loop(scene: &Scene) -> Read {
    let told = scene.told();
    let mut command: Command = process::program(&std::env::current_exe().unwrap());
    command.args([CALL, &told.login, &told.graph, &told.tenant]).arg(scene.authority());
    command.args([&told.confidential.client_id, &told.confidential.secret]);
    let text = process::answer(command);
    let figures: Vec<&str> = text.split_whitespace().collect();
    let [pages, first, all, memory] = figures[..] else { panic!("the loop said {text}") };
    Read {
        pages: pages.parse().unwrap(),
        first: first.parse().unwrap(),
        all: all.parse().unwrap(),
        memory: memory.parse().unwrap(),
    }
}

/// The loop itself; it prints its figures.
pub fn read(words: &[String]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let [login, graph, tenant, authority, client, secret] = words else { panic!("{words:?}") };
        let authority = Certificate::from_pem(&std::fs::read(Path::new(authority)).unwrap()).unwrap();
        let http = Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap();
        // Signing in is no part of the loop, as it is none of Footbridge's time.
        let scope = format!("{graph}/.default");
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client.as_str()),
            ("client_secret", secret.as_str()),
            ("scope", scope.as_str()),
        ];
        let address = format!("{login}/{tenant}/oauth2/v2.0/token");
        let token: Token = http.post(address).form(&form).send().await.unwrap().json().await.unwrap();
        let fields = "id,displayName,userPrincipalName,mail,employeeId,accountEnabled,userType";
        let mut next = Some(format!("{graph}/v1.0/users?$select={fields}&$top=999"));
        let (start, mut pages, mut first) = (Instant::now(), 0, None);
        while let Some(address) = next.take() {
            let answer = http.get(address).bearer_auth(&token.access_token).send().await.unwrap();
            next = answer.error_for_status().unwrap().json::<Page>().await.unwrap().next;
            first.get_or_insert_with(|| start.elapsed());
            pages += 1;
        }
        let (first, all) = (first.unwrap_or_default().as_secs_f64(), start.elapsed().as_secs_f64());
        println!("{pages} {first} {all} {}", memory::most_of(std::process::id()).unwrap());
    });
}
