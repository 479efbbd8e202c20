//! The doors: TCP, TLS with a certificate for whatever host was asked for, HTTP/1.1.

use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::LazyConfigAcceptor;

use super::answers::answer;
use super::mode::Mode;
use super::running::Shared;

/// Serves until `ended` changes.
pub(super) async fn serve(listener: TcpListener, shared: Shared, mut ended: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = ended.changed() => return,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file descriptors, most likely; give the others time to finish.
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let (shared, mut ended) = (shared.clone(), ended.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = connection(stream, &shared) => {}
                _ = ended.changed() => {}
            }
        });
    }
}

/// A fatal alert: protocol_version (RFC 5246, 7.2).
const TOO_OLD: [u8; 7] = [21, 3, 1, 0, 2, 2, 70];

async fn connection(mut stream: TcpStream, shared: &Shared) {
    let _ = stream.set_nodelay(true);
    match shared.mode() {
        Mode::HangUp => {}
        Mode::Silent => shared.hold().await,
        Mode::TooOld => {
            // The whole greeting is read first: what is unread at the end would reset the connection over the alert.
            let mut head = [0; 5];
            if stream.read_exact(&mut head).await.is_err() {
                return;
            }
            let mut greeting = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
            if stream.read_exact(&mut greeting).await.is_ok() {
                let _ = stream.write_all(&TOO_OLD).await;
                let _ = stream.shutdown().await;
            }
        }
        Mode::HttpOnly => talk(stream, None, shared).await,
        mode => {
            let greeting = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), stream);
            let Ok(start) = greeting.await else { return };
            let host = start.client_hello().server_name().map(str::to_owned);
            let Ok(config) = shared.authorities.config(host.as_deref(), &mode, (shared.now)()) else {
                return;
            };
            let Ok(stream) = start.into_stream(config).await else { return };
            talk(stream, host, shared).await;
        }
    }
}

async fn talk<T>(stream: T, greeted: Option<String>, shared: &Shared)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request| answer(request, greeted.clone(), shared));
    let _ = http1::Builder::new().half_close(true).serve_connection(TokioIo::new(stream), service).await;
}
