//! Reads an admin's list of tenants: CSV, one line for each, its headings in the first line. It judges what it reads
//! against the guide's asks and asks no tenant.

use guide::{Ask, AskKind, Guide};
use serde_json::{Value, json};

use super::ManyTenant;
use crate::trouble::{Code, Trouble};

/// The heading of the tenant's id or domain.
const TENANT: &str = "tenant";
/// The heading of the connection's name.
const NAME: &str = "connection";

enum Column<'g> {
    Tenant,
    Name,
    Customer,
    Answer(&'g Ask),
}

/// Reads the list. Columns: `tenant` (its id or a domain), the customer's under the heading `customer_column`, perhaps
/// `connection` (its name; without it, the customer and the product, or the tenant and the product), and one for each
/// ask that is answered here, headed by its id. An empty cell leaves the ask open; where an ask takes several values,
/// they are separated by `;`. Both `,` and `;` may separate the columns, as the first line says.
///
/// # Errors
/// [`Code::FileInvalid`] for a list that is no CSV or has no tenants, with the line; [`Code::AnswerInvalid`] for a value
/// that does not fit, with the heading.
pub fn read_tenants(guide: &Guide, text: &str, customer_column: &str) -> Result<Vec<ManyTenant>, Trouble> {
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') && !first.contains(',') { b';' } else { b',' };
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).trim(csv::Trim::All).from_reader(text.as_bytes());
    let headings = reader.headers().map_err(unreadable)?.clone();
    let columns = headings.iter().map(|heading| column(guide, heading, customer_column));
    let columns: Vec<Column<'_>> = columns.collect::<Result<_, _>>()?;
    if !columns.iter().any(|column| matches!(column, Column::Tenant)) {
        return Err(Trouble::new(Code::FileInvalid).with("why", "no column").in_field(TENANT));
    }
    let mut tenants = Vec::new();
    for record in reader.records() {
        let record = record.map_err(unreadable)?;
        let mut tenant = ManyTenant::default();
        for (column, cell) in columns.iter().zip(record.iter()).filter(|(_, cell)| !cell.is_empty()) {
            match column {
                Column::Tenant => cell.clone_into(&mut tenant.tenant),
                Column::Name => cell.clone_into(&mut tenant.name),
                Column::Customer => tenant.customer = Some(cell.to_owned()),
                Column::Answer(ask) => {
                    tenant.answers.insert(ask.id.clone(), value(ask, cell)?);
                }
            }
        }
        tenants.push(named(guide, tenant, record.position().map_or(0, csv::Position::line))?);
    }
    if tenants.is_empty() {
        return Err(Trouble::new(Code::FileInvalid).with("why", "no tenant").in_field(TENANT));
    }
    Ok(tenants)
}

fn column<'g>(guide: &'g Guide, heading: &str, customer_column: &str) -> Result<Column<'g>, Trouble> {
    if heading.eq_ignore_ascii_case(customer_column) {
        return Ok(Column::Customer);
    }
    match heading.to_lowercase().as_str() {
        TENANT => Ok(Column::Tenant),
        NAME => Ok(Column::Name),
        other => guide
            .ask(other)
            .map(Column::Answer)
            .ok_or_else(|| Trouble::new(Code::AnswerInvalid).with("value", heading).in_field(heading)),
    }
}

/// The name is made up where the list has none; a line without a tenant is a fault.
fn named(guide: &Guide, mut tenant: ManyTenant, line: u64) -> Result<ManyTenant, Trouble> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '.' || letter == '-';
    let is_one = |text: &str| text.contains(['.', '-']) && text.chars().all(fits);
    if !is_one(&tenant.tenant) {
        let why = format!("line {line}: {}", tenant.tenant);
        return Err(Trouble::new(Code::FileInvalid).with("why", why).in_field(TENANT));
    }
    if tenant.name.is_empty() {
        let whose = tenant.customer.as_ref().unwrap_or(&tenant.tenant);
        let most = 80 - guide.product.chars().count().min(40) - 2;
        tenant.name = format!("{}, {}", whose.chars().take(most).collect::<String>(), guide.product);
    }
    Ok(tenant)
}

fn value(ask: &Ask, cell: &str) -> Result<Value, Trouble> {
    let value = match &ask.kind {
        AskKind::Number { .. } => match cell.parse::<u64>() {
            Ok(number) => json!(number),
            Err(_) => json!(cell),
        },
        AskKind::Choices { .. } | AskKind::Permissions { .. } | AskKind::Users { .. } => {
            let parts = cell.split(';').map(str::trim).filter(|part| !part.is_empty());
            json!(parts.collect::<Vec<_>>())
        }
        _ => json!(cell),
    };
    guide::judge_answer(ask, &value)
        .map_err(|hint| Trouble::new(Code::AnswerInvalid).with("value", hint).in_field(&ask.id))?;
    Ok(value)
}

fn unreadable(error: csv::Error) -> Trouble {
    Trouble::new(Code::FileInvalid).with("why", error).in_field(TENANT)
}

/// The list with its headings and one example line, for whoever starts from nothing; `tenants` become its lines.
pub fn write_tenants(guide: &Guide, tenants: &[ManyTenant]) -> String {
    let asks: Vec<&Ask> =
        guide.asks.iter().filter(|ask| tenants.iter().any(|one| one.answers.contains_key(&ask.id))).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let headings = [TENANT, "customer", NAME].into_iter().chain(asks.iter().map(|ask| ask.id.as_str()));
    let mut written = writer.write_record(headings);
    for tenant in tenants {
        let customer = tenant.customer.clone().unwrap_or_default();
        let cells = asks.iter().map(|ask| tenant.answers.get(&ask.id).map(cell).unwrap_or_default());
        let cells = [tenant.tenant.clone(), customer, tenant.name.clone()].into_iter().chain(cells);
        written = written.and_then(|()| writer.write_record(cells));
    }
    // Writing into memory cannot fail.
    let bytes = written.ok().and_then(|()| writer.into_inner().ok()).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(";"),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn guide() -> &'static Guide {
        guide::find("targetconnect").unwrap()
    }

    const LIST: &str = "Tenant,Customer,operators,secret-months,application-name\r\n\
        a.example,\"Süd, GmbH\",x@a.example;y@a.example,6,\r\n\
        0a1b2c3d-0000-4000-8000-000000000001,,z@b.example,,Other\r\n";

    #[test]
    fn a_list_becomes_tenants_with_typed_answers() {
        let tenants = read_tenants(guide(), LIST, "customer").unwrap();
        assert_eq!(tenants.len(), 2);
        assert_eq!(tenants[0].customer.as_deref(), Some("Süd, GmbH"));
        assert_eq!(tenants[0].name, "Süd, GmbH, TARGETconnect");
        assert_eq!(tenants[0].answers["operators"], json!(["x@a.example", "y@a.example"]));
        assert_eq!(tenants[0].answers["secret-months"], json!(6));
        assert!(!tenants[0].answers.contains_key("application-name"));
        assert_eq!(tenants[1].answers["application-name"], json!("Other"));
        assert!(tenants[1].name.starts_with("0a1b2c3d"));
    }

    #[test]
    fn semicolons_a_mark_at_the_start_and_another_heading_are_taken() {
        let list = "\u{feff}tenant;Kunde\r\na.example;Nord\r\n";
        assert_eq!(read_tenants(guide(), list, "Kunde").unwrap()[0].customer.as_deref(), Some("Nord"));
        assert!(read_tenants(guide(), list, "customer").is_err(), "an unknown heading is no answer");
    }

    #[test]
    fn what_does_not_fit_is_told_with_its_heading() {
        for (list, code, field) in [
            ("customer\nA\n", Code::FileInvalid, "tenant"),
            ("tenant\n", Code::FileInvalid, "tenant"),
            ("tenant\nno tenant\n", Code::FileInvalid, "tenant"),
            ("tenant\norganizations\n", Code::FileInvalid, "tenant"),
            ("tenant,colour\na.example,red\n", Code::AnswerInvalid, "colour"),
            ("tenant,secret-months\na.example,many\n", Code::AnswerInvalid, "secret-months"),
            ("tenant,customer\na.example\n", Code::FileInvalid, "tenant"),
        ] {
            let refused = read_tenants(guide(), list, "customer").unwrap_err();
            assert_eq!((refused.code, refused.field.as_deref()), (code, Some(field)), "{list}");
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let tenants = read_tenants(guide(), LIST, "customer").unwrap();
        let again = read_tenants(guide(), &write_tenants(guide(), &tenants), "customer").unwrap();
        assert_eq!(again.len(), tenants.len());
        for (one, other) in again.iter().zip(&tenants) {
            assert_eq!((&one.name, &one.tenant, &one.answers), (&other.name, &other.tenant, &other.answers));
        }
    }
}
