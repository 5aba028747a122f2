//! What did the answer say? Unpacked as it comes, and never more of it than is allowed.

use std::io::{self, Write};

use brotli_decompressor::DecompressorWriter;
use flate2::write::{MultiGzDecoder, ZlibDecoder};

/// Why an answer was not unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unpack {
    /// It is larger than is allowed.
    Large,
    /// It is packed in another way than it says, or in one that we do not know.
    Broken,
}

/// Takes the pieces of an answer.
pub(super) struct Body {
    packing: Packing,
    taken: usize,
    max: usize,
}

enum Packing {
    Plain(Capped),
    Gzip(Box<MultiGzDecoder<Capped>>),
    Zlib(Box<ZlibDecoder<Capped>>),
    Brotli(Box<DecompressorWriter<Capped>>),
}

/// Bytes that refuse to become more than `max`.
struct Capped {
    bytes: Vec<u8>,
    max: usize,
    is_full: bool,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.max {
            self.is_full = true;
            return Err(io::Error::other("more than is allowed"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Body {
    /// A body that is packed as the header `content-encoding` says.
    pub(super) fn new(encoding: Option<&str>, max: usize) -> Result<Self, Unpack> {
        let out = Capped { bytes: Vec::new(), max, is_full: false };
        let packing = match encoding.map(|encoding| encoding.trim().to_ascii_lowercase()).as_deref() {
            None | Some("" | "identity") => Packing::Plain(out),
            Some("gzip" | "x-gzip") => Packing::Gzip(Box::new(MultiGzDecoder::new(out))),
            Some("deflate") => Packing::Zlib(Box::new(ZlibDecoder::new(out))),
            Some("br") => Packing::Brotli(Box::new(DecompressorWriter::new(out, 16 << 10))),
            Some(_) => return Err(Unpack::Broken),
        };
        Ok(Self { packing, taken: 0, max })
    }

    /// Takes one piece.
    pub(super) fn take(&mut self, piece: &[u8]) -> Result<(), Unpack> {
        self.taken = self.taken.saturating_add(piece.len());
        if self.taken > self.max {
            return Err(Unpack::Large);
        }
        let taken = match &mut self.packing {
            Packing::Plain(out) => out.write_all(piece),
            Packing::Gzip(gzip) => gzip.write_all(piece),
            Packing::Zlib(zlib) => zlib.write_all(piece),
            Packing::Brotli(brotli) => brotli.write_all(piece),
        };
        taken.map_err(|_| self.reason())
    }

    /// All bytes, once the last piece was taken.
    pub(super) fn end(mut self) -> Result<Vec<u8>, Unpack> {
        let ended = match &mut self.packing {
            Packing::Plain(_) => Ok(()),
            // An empty answer that calls itself packed is an empty answer.
            _ if self.taken == 0 => Ok(()),
            Packing::Gzip(gzip) => gzip.try_finish(),
            Packing::Zlib(zlib) => zlib.try_finish(),
            Packing::Brotli(brotli) => brotli.close(),
        };
        if ended.is_err() {
            return Err(self.reason());
        }
        let out = match self.packing {
            Packing::Plain(out) => out,
            Packing::Gzip(mut gzip) => std::mem::replace(gzip.get_mut(), Capped::none()),
            Packing::Zlib(mut zlib) => std::mem::replace(zlib.get_mut(), Capped::none()),
            Packing::Brotli(mut brotli) => std::mem::replace(brotli.get_mut(), Capped::none()),
        };
        Ok(out.bytes)
    }

    fn reason(&mut self) -> Unpack {
        let out = match &self.packing {
            Packing::Plain(out) => out,
            Packing::Gzip(gzip) => gzip.get_ref(),
            Packing::Zlib(zlib) => zlib.get_ref(),
            Packing::Brotli(brotli) => brotli.get_ref(),
        };
        if out.is_full { Unpack::Large } else { Unpack::Broken }
    }
}

impl Capped {
    fn none() -> Self {
        Self { bytes: Vec::new(), max: 0, is_full: false }
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    fn unpack(encoding: Option<&str>, bytes: &[u8], max: usize) -> Result<Vec<u8>, Unpack> {
        let mut body = Body::new(encoding, max)?;
        for piece in bytes.chunks(7) {
            body.take(piece)?;
        }
        body.end()
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut out = GzEncoder::new(Vec::new(), Compression::fast());
        out.write_all(text).unwrap();
        out.finish().unwrap()
    }

    #[test]
    fn an_answer_is_unpacked_as_it_says() {
        let text = b"two bags lost, two bags lost, two bags lost".repeat(20);
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(&text).unwrap();
        assert_eq!(unpack(None, &text, 2000), Ok(text.clone()));
        assert_eq!(unpack(Some("GZIP"), &gzip(&text), 2000), Ok(text.clone()));
        assert_eq!(unpack(Some("deflate"), &zlib.finish().unwrap(), 2000), Ok(text.clone()));
        // `hello` as brotli without compression, by the format's own rules (RFC 7932, 9.2).
        assert_eq!(unpack(Some("br"), b"\x0b\x02\x80hello\x03", 2000), Ok(b"hello".to_vec()));
        assert_eq!(unpack(Some("gzip"), b"", 2000), Ok(Vec::new()));
    }

    #[test]
    fn a_small_answer_that_becomes_a_large_one_is_stopped() {
        let bomb = gzip(&vec![b'a'; 10 << 20]);
        assert!(bomb.len() < 100_000);
        assert_eq!(unpack(Some("gzip"), &bomb, 1 << 20), Err(Unpack::Large));
        assert_eq!(unpack(None, &[b'a'; 101], 100), Err(Unpack::Large));
        // A million times `a` as brotli, in fourteen bytes.
        let bomb = b"\x5b\xff\xff\x8f\x5f\x22\x2c\x1e\x0b\x04\x72\xef\x1f\x00";
        assert_eq!(unpack(Some("br"), bomb, 1 << 19), Err(Unpack::Large));
        assert_eq!(unpack(Some("br"), bomb, 1 << 20).map(|bytes| bytes.len()), Ok(1 << 20));
    }

    #[test]
    fn an_answer_that_is_packed_otherwise_or_cut_off_is_broken() {
        let packed = gzip(b"some words that say something");
        assert_eq!(unpack(Some("gzip"), b"not packed at all", 1000), Err(Unpack::Broken));
        assert_eq!(unpack(Some("gzip"), &packed[..packed.len() - 9], 1000), Err(Unpack::Broken));
        assert_eq!(unpack(Some("br"), b"\x0b\x02\x80hel", 1000), Err(Unpack::Broken));
        assert_eq!(unpack(Some("zstd"), b"x", 1000), Err(Unpack::Broken));
    }
}
