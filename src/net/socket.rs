//! How is a WebSocket read? As much of RFC 6455 as a reader needs: messages in, and what keeps the connection alive.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::transport::{Broke, Web, Wire};
use super::{base64, limits};

/// An open WebSocket.
pub struct Socket {
    stream: reqwest::Upgraded,
    mask: u32,
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Socket").finish_non_exhaustive()
    }
}

/// Why a WebSocket ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SocketEnd {
    /// The site closed it.
    #[error("the site closed the connection")]
    Closed,
    /// The site closed it for a fault, by this code (RFC 6455, 7.4.1).
    #[error("the site closed the connection for a fault ({0})")]
    Faulty(u16),
    /// It broke, or nothing came for too long.
    #[error("the connection broke")]
    Broken,
    /// What came is no WebSocket.
    #[error("the site sent what is no message")]
    Wrong,
}

/// Most bytes of one message: posts have a few thousand.
const MAX_BYTES: usize = 1 << 20;

/// What stands in the place of a larger one, for its reader to count: taken up again, the stream would bring it again.
const TOO_LARGE: &[u8] = b"(a message that is larger than is read)";

/// Silence after which the site is asked whether it is still there; and after as much again, it is not.
const SILENCE: Duration = Duration::from_secs(30);

const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

struct Frame {
    is_last: bool,
    kind: u8,
    /// `None` if they are more than are read.
    bytes: Option<Vec<u8>>,
}

impl Socket {
    pub(super) async fn open(
        web: &Web,
        url: Url,
        chance: &(dyn Fn() -> f64 + Send + Sync),
        now: Timestamp,
        within: Duration,
    ) -> Result<Self, Broke> {
        let key = base64(&std::array::from_fn::<u8, 16, _>(|_| byte(chance())));
        let headers = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", &key),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let opened = async {
            let response = web.start(Wire { url, headers, body: None, is_put: false }).await?;
            let accepted =
                response.headers().get("sec-websocket-accept").and_then(|value| value.to_str().ok());
            match response.status().as_u16() {
                101 if accepted == Some(&accept(&key)) => {}
                101 => return Err(Broke::Unreachable),
                status => return Err(Broke::Refused(status, wait(&response, now))),
            }
            response.upgrade().await.map_err(|_| Broke::Cut)
        };
        let stream = timeout(within, opened).await.unwrap_or(Err(Broke::Slow))?;
        Ok(Self { stream, mask: u32::from_le_bytes(std::array::from_fn(|_| byte(chance()))) })
    }

    /// The next message. One that is larger than is read is passed by, and told as such.
    ///
    /// # Errors
    /// [`SocketEnd`], when there are no more.
    pub async fn next(&mut self) -> Result<Vec<u8>, SocketEnd> {
        let mut message = Some(Vec::new());
        let mut is_asked = false;
        loop {
            // A frame that has begun is read to its end: what was read of it must not be lost to a timeout.
            let head = match timeout(SILENCE, self.stream.read_u8()).await {
                Ok(head) => head.map_err(|_| SocketEnd::Broken)?,
                Err(_) if is_asked => return Err(SocketEnd::Broken),
                Err(_) => {
                    self.write(PING, &[]).await?;
                    is_asked = true;
                    continue;
                }
            };
            is_asked = false;
            let frame = timeout(SILENCE, self.frame(head)).await.map_err(|_| SocketEnd::Broken)??;
            match frame.kind {
                PING => self.write(PONG, &frame.bytes.ok_or(SocketEnd::Wrong)?).await?,
                PONG => {}
                CLOSE => {
                    // It is polite to say goodbye, and no matter if nobody hears it.
                    let _ = self.write(CLOSE, &[]).await;
                    let code = frame.bytes.as_deref().and_then(|bytes| bytes.first_chunk());
                    return Err(match code.map(|code| u16::from_be_bytes(*code)) {
                        // It has told all, or goes away for a while.
                        None | Some(1000 | 1001) => SocketEnd::Closed,
                        Some(code) => SocketEnd::Faulty(code),
                    });
                }
                0 | TEXT | BINARY => {
                    let both = message.zip(frame.bytes);
                    let fits = both.filter(|(message, more)| message.len() + more.len() <= MAX_BYTES);
                    message = fits.map(|(mut message, more): (Vec<u8>, Vec<u8>)| {
                        message.extend_from_slice(&more);
                        message
                    });
                    if frame.is_last {
                        return Ok(message.unwrap_or_else(|| TOO_LARGE.to_vec()));
                    }
                }
                _ => return Err(SocketEnd::Wrong),
            }
        }
    }

    async fn frame(&mut self, head: u8) -> Result<Frame, SocketEnd> {
        let broken = |_| SocketEnd::Broken;
        let second = self.stream.read_u8().await.map_err(broken)?;
        // A site does not mask, and bits that were not agreed upon are not set.
        if second & 0x80 != 0 || head & 0x70 != 0 {
            return Err(SocketEnd::Wrong);
        }
        let length = match second & 0x7F {
            126 => u64::from(self.stream.read_u16().await.map_err(broken)?),
            127 => self.stream.read_u64().await.map_err(broken)?,
            length => u64::from(length),
        };
        let bytes = match usize::try_from(length) {
            Ok(length) if length <= MAX_BYTES => {
                let mut bytes = vec![0; length];
                self.stream.read_exact(&mut bytes).await.map_err(broken)?;
                Some(bytes)
            }
            _ => {
                let mut rest = (&mut self.stream).take(length);
                tokio::io::copy(&mut rest, &mut tokio::io::sink()).await.map_err(broken)?;
                if rest.limit() > 0 {
                    return Err(SocketEnd::Broken);
                }
                None
            }
        };
        Ok(Frame { is_last: head & 0x80 != 0, kind: head & 0x0F, bytes })
    }

    async fn write(&mut self, kind: u8, bytes: &[u8]) -> Result<(), SocketEnd> {
        // Only answers to small frames are ever sent.
        let length = u8::try_from(bytes.len()).ok().filter(|length| *length < 126).ok_or(SocketEnd::Wrong)?;
        // The mask is against caches between us that mistake frames for requests (10.3); it need not be secret here.
        self.mask = self.mask.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
        let mask = self.mask.to_be_bytes();
        let mut frame = vec![0x80 | kind, 0x80 | length];
        frame.extend_from_slice(&mask);
        frame.extend(bytes.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
        self.stream.write_all(&frame).await.map_err(|_| SocketEnd::Broken)?;
        self.stream.flush().await.map_err(|_| SocketEnd::Broken)
    }
}

/// How long a site wants to be left alone that opens no stream.
fn wait(response: &reqwest::Response, now: Timestamp) -> Option<Duration> {
    let value = response.headers().get("retry-after")?.to_str().ok()?;
    limits::retry_after(&[("retry-after".to_owned(), value.to_owned())], now)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is from 0 to 255, and caps")]
fn byte(chance: f64) -> u8 {
    (chance * 256.0) as u8
}

/// What a site must answer to a key (RFC 6455, 4.2.2).
#[must_use]
pub fn accept(key: &str) -> String {
    base64(&sha1(format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11").as_bytes()))
}

/// SHA-1 (FIPS 180-4), which the protocol wants of both sides; nothing is kept secret by it.
#[expect(clippy::many_single_char_names, reason = "the standard names its variables so")]
fn sha1(message: &[u8]) -> [u8; 20] {
    let mut padded = message.to_vec();
    padded.push(0x80);
    while padded.len() % 64 != 56 {
        padded.push(0);
    }
    padded.extend_from_slice(&(message.len() as u64 * 8).to_be_bytes());
    let mut hash = [0x6745_2301_u32, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0];
    for block in padded.chunks_exact(64) {
        let mut words = [0_u32; 80];
        for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
            *word = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        for at in 16..80 {
            words[at] = (words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1);
        }
        let [mut a, mut b, mut c, mut d, mut e] = hash;
        for (at, word) in words.iter().enumerate() {
            let (mix, constant) = match at / 20 {
                0 => ((b & c) | (!b & d), 0x5A82_7999),
                1 => (b ^ c ^ d, 0x6ED9_EBA1),
                2 => ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC),
                _ => (b ^ c ^ d, 0xCA62_C1D6),
            };
            let next =
                a.rotate_left(5).wrapping_add(mix).wrapping_add(e).wrapping_add(constant).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (sum, part) in hash.iter_mut().zip([a, b, c, d, e]) {
            *sum = sum.wrapping_add(part);
        }
    }
    let mut out = [0; 20];
    for (bytes, word) in out.chunks_exact_mut(4).zip(hash) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_accepted_as_the_standard_says() {
        // The example of RFC 6455, 1.3.
        assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert_eq!(base64(b"a"), "YQ==");
        assert_eq!(base64(b"abc"), "YWJj");
    }
}
