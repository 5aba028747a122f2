//! How many may ask at once, and how long may one stand there without asking?
//!
//! Each connection takes one of the files that a process may have open, and the index needs some: who opens a thousand
//! and sends nothing must not keep out everyone else. So there are places, and one on which nothing comes or goes is
//! given to the next.

use std::future::Future;
use std::io::{Error, ErrorKind, IoSlice, Result};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};

/// Connections at once, well below the 1,024 files that a process may usually have open; a browser has six.
const PLACES: usize = 256;

/// How long nothing may come or go: twice as long as the slowest answer may take.
const IDLE: Duration = Duration::from_secs(2 * super::MAX_SECONDS);

/// Lets connections in.
pub(super) struct Door {
    listener: TcpListener,
    places: Arc<Semaphore>,
    idle: Duration,
}

impl Door {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self { listener, places: Arc::new(Semaphore::new(PLACES)), idle: IDLE }
    }
}

impl Listener for Door {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let place = self.places.clone().acquire_owned().await.expect("places are never closed");
        let (stream, address) = Listener::accept(&mut self.listener).await;
        (Connection { stream, idle: self.idle, until: Box::pin(sleep(self.idle)), _place: place }, address)
    }

    fn local_addr(&self) -> Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends when nothing comes or goes for too long.
pub(super) struct Connection {
    stream: TcpStream,
    idle: Duration,
    until: Pin<Box<Sleep>>,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    /// What the stream said, or that it has been silent for too long.
    fn or_idle<T>(&mut self, cx: &mut Context<'_>, said: Poll<Result<T>>) -> Poll<Result<T>> {
        if said.is_ready() {
            let until = Instant::now() + self.idle;
            self.until.as_mut().reset(until);
            return said;
        }
        self.until.as_mut().poll(cx).map(|()| Err(Error::from(ErrorKind::TimedOut)))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        let said = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.or_idle(cx, said)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let said = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.or_idle(cx, said)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let said = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.or_idle(cx, said)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use axum::Router;
    use axum::routing::get;

    use super::*;

    /// Serves "here" at a door with `places`, and returns where.
    fn served(places: usize, idle: Duration) -> SocketAddr {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                let door = Door { listener, places: Arc::new(Semaphore::new(places)), idle };
                axum::serve(door, Router::new().route("/", get(async || "here"))).await.unwrap();
            });
        });
        address
    }

    fn begun(address: SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n").unwrap();
        stream
    }

    #[test]
    fn who_stands_there_without_asking_makes_room() {
        let address = served(4, Duration::from_millis(200));
        let mut silent: Vec<TcpStream> = (0..12).map(|_| begun(address)).collect();
        let mut asks = begun(address);
        asks.write_all(b"Connection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        asks.read_to_string(&mut answer).unwrap();
        assert!(answer.ends_with("here"), "{answer}");
        let mut rest = Vec::new();
        silent[0].read_to_end(&mut rest).unwrap();
    }

    #[test]
    fn who_keeps_asking_stays() {
        let address = served(1, Duration::from_secs(2));
        let mut stream = begun(address);
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(900));
            stream.write_all(b"\r\n").unwrap();
            let mut answer = [0; 1024];
            let length = stream.read(&mut answer).unwrap();
            assert!(String::from_utf8_lossy(&answer[..length]).ends_with("here"));
            stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n").unwrap();
        }
    }
}
