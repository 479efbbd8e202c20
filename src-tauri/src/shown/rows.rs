//! The vendor's rows with their texts taken apart, and the pages they lead to. Addresses stay in the core: the web
//! view gets a host to show and a name to ask for.

use std::collections::HashMap;

use engine::guide::{self, Reference, Step, markup};
use url::Url;

use super::Sight;
use crate::{told, view};

/// The pages that can be opened now, by name.
pub type Links = HashMap<String, Url>;

impl Sight<'_> {
    /// Every page that the open step leads to.
    pub fn links(&self, open: &str) -> Links {
        let mut links = Links::new();
        let Some(step) = self.guide.step(open) else { return links };
        for row in &step.rows {
            if let Some(address) = row.portal.and_then(|page| self.page(page)) {
                links.insert(format!("page:{}", row.id), address);
            }
            for key in ["says", "by-hand", "newer"] {
                let pieces = self.drawn(&row.id, key).into_iter().flatten();
                let found = pieces.filter_map(|piece| match piece {
                    markup::Piece::Link { address, .. } => Url::parse(&address).ok(),
                    _ => None,
                });
                links.extend(
                    found
                        .enumerate()
                        .map(|(place, address)| (format!("text:{}:{key}:{place}", row.id), address)),
                );
            }
        }
        if let Ok(document) = Url::parse(&self.guide.document) {
            links.insert("document".to_owned(), document);
        }
        links
    }

    pub(super) fn rows(&self, step: &Step) -> Vec<view::Row> {
        let rows = step.rows.iter().map(|row| view::Row {
            id: row.id.clone(),
            says: self.lines(&row.id, "says"),
            by_hand: self.lines(&row.id, "by-hand"),
            newer: self.lines(&row.id, "newer"),
            kind: kind(row.kind),
            who: who(row.who),
            link: row.portal.and_then(|page| {
                let address = self.page(page)?;
                Some(view::Link {
                    label: told::page_name(page, self.language).to_owned(),
                    host: address.host_str().unwrap_or_default().to_owned(),
                    id: format!("page:{}", row.id),
                })
            }),
            mark: match row.mark {
                guide::Mark::Documented => view::Mark::Documented,
                guide::Mark::Inferred => view::Mark::Inferred,
                guide::Mark::Outdated => view::Mark::Outdated,
            },
        });
        rows.collect()
    }

    /// The address of a page in this cloud, as far as a step of this guide knows it.
    fn page(&self, page: guide::PortalPage) -> Option<Url> {
        let step = self.guide.steps.iter().find(|step| step.portal == Some(page))?;
        self.list.step(&step.id)?.portal.clone()
    }

    fn drawn(&self, row: &str, key: &str) -> Vec<Vec<markup::Piece>> {
        let text = self.say(&format!("rows.{row}.{key}"));
        if text.is_empty() {
            return Vec::new();
        }
        markup::draw(&text, &|reference| match reference {
            Reference::Answer(ask) => {
                let given = self
                    .answer(ask)
                    .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
                given.or_else(|| self.guide.ask(ask)?.default.clone())
            }
            Reference::Output { step, name } => self.output(step, name),
        })
    }

    fn lines(&self, row: &str, key: &str) -> Vec<view::TextLine> {
        let mut place = 0;
        let mut piece = |piece: markup::Piece| match piece {
            markup::Piece::Plain(text) => view::TextPiece::Plain { text },
            markup::Piece::Strong(text) => view::TextPiece::Strong { text },
            markup::Piece::Code(text) => view::TextPiece::Code { text },
            markup::Piece::Link { words, address } => {
                let id = format!("text:{row}:{key}:{place}");
                place += 1;
                view::TextPiece::Link {
                    text: words,
                    host: markup::link_host(&address).unwrap_or_default().to_owned(),
                    id,
                }
            }
        };
        let drawn = self.drawn(row, key).into_iter();
        drawn.map(|line| view::TextLine { pieces: line.into_iter().map(&mut piece).collect() }).collect()
    }
}

fn kind(kind: guide::RowKind) -> view::RowKind {
    match kind {
        guide::RowKind::Read => view::RowKind::Read,
        guide::RowKind::Input => view::RowKind::Input,
        guide::RowKind::Entra => view::RowKind::Entra,
        guide::RowKind::Teams => view::RowKind::Teams,
        guide::RowKind::Exchange => view::RowKind::Exchange,
        guide::RowKind::Product => view::RowKind::Product,
        guide::RowKind::EndUser => view::RowKind::EndUser,
        guide::RowKind::Verify => view::RowKind::Verify,
    }
}

fn who(who: guide::Who) -> view::Who {
    match who {
        guide::Who::Anyone => view::Who::Anyone,
        guide::Who::AppRegistrar => view::Who::AppRegistrar,
        guide::Who::EnterpriseAppAdmin => view::Who::EnterpriseAppAdmin,
        guide::Who::ConsentAdminDelegated => view::Who::ConsentAdminDelegated,
        guide::Who::ConsentAdminGraph => view::Who::ConsentAdminGraph,
        guide::Who::TeamsAdmin => view::Who::TeamsAdmin,
        guide::Who::ExchangeAdmin => view::Who::ExchangeAdmin,
        guide::Who::EntraAdmin => view::Who::EntraAdmin,
        guide::Who::FirewallAdmin => view::Who::FirewallAdmin,
        guide::Who::ProductAdmin => view::Who::ProductAdmin,
        guide::Who::EndUser => view::Who::EndUser,
    }
}
