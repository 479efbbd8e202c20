//! Looks at a public https address as Microsoft's cloud would, and says what is wrong and which device is likely at
//! fault.
//!
//! One question, one walk: form, name, connection, encryption, chain, host name, dates, answer, echo. Nothing is
//! followed, nothing is kept, no proxy of the system is used, and after a bad certificate not a byte is asked. It
//! carries no token and no secret, and only public roots count, because the company's own authority is unknown to
//! Microsoft. What it cannot see: whether the address is reachable from where Microsoft asks, and whether a certificate
//! was revoked.

mod certificate;
mod chain;
mod connection;
mod device;
mod echo;
mod exchange;
mod fault;
mod form;
mod handshake;
mod means;
mod question;
mod reach;
mod report;
mod resolver;
mod roots;
mod token;

pub use device::Device;
pub use echo::Echo;
pub use fault::{Fault, Value};
pub use means::{Means, Patience, Sleep};
pub use question::{Expects, Question};
pub use report::{Finding, Report, State, Step};
pub use resolver::{Fixed, Place, Resolver};
pub use roots::{Roots, RootsError};

/// Asks one question about one address. It always ends with a report, in which each step stands once.
pub async fn probe(question: &Question, means: &Means) -> Report {
    let mut report = Report::new(&question.address);
    let _ = walk(question, means, &mut report).await;
    report.close(question.expects);
    report
}

/// Walks until a step is bad.
async fn walk(question: &Question, means: &Means, report: &mut Report) -> Option<()> {
    report.note(Step::Address, form::fault(&question.address), Vec::new())?;
    let connected = connection::open(&question.address, means, report).await?;
    let secured = handshake::secure(&question.address, connected, means, report).await?;
    certificate::judge(&secured, means, report)?;
    exchange::ask(question, secured, means, report).await
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_probe_can_move_between_threads_and_each_step_stands_once() {
        let address = url::Url::parse("http://pbx.example.com/").unwrap();
        let means = Means::of_the_desk(time::OffsetDateTime::UNIX_EPOCH, [0; 16]);
        for (expects, steps) in [(Expects::Answer, 8), (Expects::ValidationToken, 9)] {
            let question = Question { address: address.clone(), expects };
            let means = means.clone();
            let report = tokio::spawn(async move { probe(&question, &means).await }).await.unwrap();
            assert_eq!(report.findings.len(), steps);
            assert_eq!(report.bad().map(Fault::code).collect::<Vec<_>>(), ["address-not-https"]);
            assert_eq!(report.findings[1].state, State::NotTried);
        }
    }
}
