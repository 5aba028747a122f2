//! How do the bytes of a file become UTF-8, whatever it is packed and written in?
//!
//! Compression is told by the first bytes, never by the name: half of the `.gz` in the wild are not, and some `.csv` are.
//! The first mebibyte is held while the encoding is decided, and the plan of the whole file is made on that same part, so
//! nothing is read twice and a pipe works as well as a file.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::error::FileError;

/// How much is looked at before the first post is delivered, in bytes after decompression.
pub(super) const SAMPLE_BYTES: usize = 1 << 20;
/// The longest record that is read, in bytes of UTF-8; a longer one is a broken quote or no post.
pub(super) const MAX_RECORD_BYTES: usize = 1 << 20;
const CHUNK_BYTES: usize = 256 << 10;

/// What a file is packed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not packed.
    None,
    /// gzip, of any number of members.
    Gzip,
    /// Zstandard, of any number of frames.
    Zstd,
}

/// The part of the text that is in memory, and where the rest comes from.
pub(super) struct Window {
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    is_at_end: bool,
    failure: Option<io::Error>,
    compression: Compression,
    /// The 1-based line on which the unread part starts.
    pub(super) line: u64,
}

/// What was found out about the bytes.
pub(super) struct Opened {
    pub(super) window: Window,
    pub(super) compression: Compression,
    pub(super) encoding: &'static Encoding,
    pub(super) bytes_read: Arc<AtomicU64>,
}

/// Unpacks and decodes `input` as far as its sample.
pub(super) fn open(input: Box<dyn Read + Send>) -> Result<Opened, FileError> {
    let bytes_read = Arc::new(AtomicU64::new(0));
    let mut packed: Box<dyn Read + Send> = Box::new(Counted { inner: input, bytes: bytes_read.clone() });
    let mut magic = [0; 4];
    let magic_bytes = read_full(&mut packed, &mut magic).map_err(|cause| FileError::Io { line: 1, cause })?;
    let magic = magic.get(..magic_bytes).unwrap_or_default().to_vec();
    let compression = match magic.as_slice() {
        [0x1F, 0x8B, ..] => Compression::Gzip,
        [0x28, 0xB5, 0x2F, 0xFD] | [0x50..=0x5F, 0x2A, 0x4D, 0x18] => Compression::Zstd,
        [] => return Err(FileError::Empty),
        other => match not_text(other) {
            Some(error) => return Err(error),
            None => Compression::None,
        },
    };
    let packed = io::Cursor::new(magic).chain(packed);
    let mut plain: Box<dyn Read + Send> = match compression {
        Compression::None => Box::new(packed),
        Compression::Gzip => {
            Box::new(flate2::bufread::MultiGzDecoder::new(io::BufReader::with_capacity(CHUNK_BYTES, packed)))
        }
        Compression::Zstd => Box::new(Zstd::new(Box::new(io::BufReader::with_capacity(CHUNK_BYTES, packed)))),
    };

    let mut sample = Vec::new();
    let failure = plain.by_ref().take(SAMPLE_BYTES as u64).read_to_end(&mut sample).err();
    let is_whole = failure.is_some() || sample.len() < SAMPLE_BYTES;
    if compression != Compression::None
        && let Some(error) = sample.get(..sample.len().min(4)).and_then(not_text)
    {
        return Err(error);
    }
    let (encoding, mark_bytes) = sniff_encoding(&sample)?;
    let window = |source, buffer, start, is_at_end, failure| Window {
        source,
        buffer,
        start,
        is_at_end,
        failure,
        compression,
        line: 1,
    };
    let mut window = if encoding == UTF_8 {
        window(plain, sample, mark_bytes, is_whole, failure)
    } else {
        sample.drain(..mark_bytes);
        let whole: Box<dyn Read + Send> = if let Some(failure) = failure {
            Box::new(io::Cursor::new(sample).chain(Failing(Some(failure))))
        } else {
            Box::new(io::Cursor::new(sample).chain(plain))
        };
        let decoded = Decoded {
            inner: whole,
            decoder: encoding.new_decoder_without_bom_handling(),
            raw: Vec::new(),
            is_done: false,
            failure: None,
        };
        window(Box::new(decoded), Vec::new(), 0, false, None)
    };
    window.fill_to(SAMPLE_BYTES);
    if window.is_empty() {
        return Err(window.take_failure().unwrap_or(FileError::Empty));
    }
    Ok(Opened { window, compression, encoding, bytes_read })
}

impl Window {
    /// The text that is in memory and not consumed.
    pub(super) fn text(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// Whether [`Window::text`] is all that is left.
    pub(super) fn is_at_end(&self) -> bool {
        self.is_at_end
    }

    /// Whether nothing is left.
    pub(super) fn is_empty(&self) -> bool {
        self.start >= self.buffer.len() && self.is_at_end
    }

    /// Whether the text stopped because reading failed, and not because the file ends.
    pub(super) fn has_failed(&self) -> bool {
        self.failure.is_some()
    }

    /// Drops `bytes` from the front, which hold `lines` line ends.
    pub(super) fn consume(&mut self, bytes: usize, lines: u64) {
        self.start = (self.start + bytes).min(self.buffer.len());
        self.line += lines;
    }

    /// Reads on; each call at least doubles what is in memory, so that looking again at the start costs little.
    pub(super) fn fill(&mut self) {
        self.fill_to((self.text().len() * 2).max(CHUNK_BYTES));
    }

    /// Why the text stopped, once.
    pub(super) fn take_failure(&mut self) -> Option<FileError> {
        let cause = self.failure.take()?;
        let line = self.line;
        if self.compression == Compression::None {
            return Some(FileError::Io { line, cause });
        }
        Some(if asked_for_more(&cause) {
            FileError::Truncated { line }
        } else {
            FileError::Damaged { line, cause }
        })
    }

    fn fill_to(&mut self, bytes: usize) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        while self.buffer.len() < bytes && !self.is_at_end {
            let filled = self.buffer.len();
            self.buffer.resize(filled + CHUNK_BYTES, 0);
            let read = self.buffer.get_mut(filled..).map_or(Ok(0), |room| self.source.read(room));
            let count = match read {
                Ok(count) => {
                    self.is_at_end = count == 0;
                    count
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
                Err(error) => {
                    self.is_at_end = true;
                    self.failure = Some(error);
                    0
                }
            };
            self.buffer.truncate(filled + count);
        }
    }
}

/// Whether a decompressor stopped because there was no more to read, wherever in its layers of errors that stands.
fn asked_for_more(error: &io::Error) -> bool {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return true;
    }
    let mut cause = error.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static));
    while let Some(inner) = cause {
        if inner.downcast_ref::<io::Error>().is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = inner.source();
    }
    false
}

fn read_full(input: &mut dyn Read, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(room) = into.get_mut(filled..).filter(|room| !room.is_empty()) {
        match input.read(room) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn not_text(magic: &[u8]) -> Option<FileError> {
    let (what, remedy) = match magic {
        [b'P', b'K', 3 | 5, 4 | 6] => {
            ("a ZIP archive or an Excel workbook", "unpack it, or save the sheet as CSV")
        }
        [0xD0, 0xCF, 0x11, 0xE0] => ("an old Excel or Word file", "save the sheet as CSV"),
        [b'%', b'P', b'D', b'F'] => ("a PDF", "export the data as CSV or JSON"),
        [b'B', b'Z', b'h', b'1'..=b'9'] => ("bzip2", "unpack it first: `bunzip2 -c FILE | grouse import -`"),
        [0xFD, b'7', b'z', b'X'] => ("xz", "unpack it first: `xz -dc FILE | grouse import -`"),
        [b'7', b'z', 0xBC, 0xAF] => ("a 7-Zip archive", "unpack it first"),
        [b'P', b'A', b'R', b'1'] => ("Parquet", "export the data as CSV or JSON"),
        [0x1F, 0x8B, ..] | [0x28, 0xB5, 0x2F, 0xFD] => {
            ("a file compressed twice", "unpack it once and try again")
        }
        _ => return None,
    };
    Some(FileError::NotText { what, remedy })
}

/// The encoding, and how many bytes its mark takes.
///
/// A text in Windows-1252 practically never holds a well-formed sequence of UTF-8 beyond ASCII, so a few broken bytes
/// among many such sequences are a damaged UTF-8 file and not another encoding.
fn sniff_encoding(sample: &[u8]) -> Result<(&'static Encoding, usize), FileError> {
    match sample {
        [0xEF, 0xBB, 0xBF, ..] => return Ok((UTF_8, 3)),
        [0xFF, 0xFE, ..] => return Ok((UTF_16LE, 2)),
        [0xFE, 0xFF, ..] => return Ok((UTF_16BE, 2)),
        _ => {}
    }
    let head = sample.get(..sample.len().min(4096)).unwrap_or_default();
    let zeros = |at: usize| head.iter().skip(at).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), head.len() / 2);
    if pairs > 0 && odd * 5 > pairs * 2 && even * 10 <= odd {
        return Ok((UTF_16LE, 0));
    }
    if pairs > 0 && even * 5 > pairs * 2 && odd * 10 <= even {
        return Ok((UTF_16BE, 0));
    }
    if (even + odd) * 10 > head.len() {
        return Err(FileError::NotText { what: "binary data", remedy: "export the data as CSV or JSON" });
    }
    let (mut broken, mut wide) = (0_usize, 0_usize);
    for chunk in sample.utf8_chunks() {
        broken += usize::from(!chunk.invalid().is_empty());
        wide += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
    }
    // The sample may end inside a character.
    let is_cut =
        sample.len() >= SAMPLE_BYTES && sample.utf8_chunks().last().is_some_and(|c| !c.invalid().is_empty());
    broken -= usize::from(is_cut);
    Ok(if broken == 0 || broken * 4 < wide { (UTF_8, 0) } else { (WINDOWS_1252, 0) })
}

/// Counts what passes.
struct Counted {
    inner: Box<dyn Read + Send>,
    bytes: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(into)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Gives one failure, where one was kept.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Turns an encoding into UTF-8 as it is read; what cannot be decoded becomes the replacement character.
struct Decoded {
    inner: Box<dyn Read + Send>,
    decoder: Decoder,
    raw: Vec<u8>,
    is_done: bool,
    failure: Option<io::Error>,
}

impl Read for Decoded {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        // One character may need four bytes of room; `Window` always offers far more.
        while into.len() >= 8 {
            if self.raw.is_empty() && !self.is_done {
                self.raw.resize(CHUNK_BYTES, 0);
                match self.inner.read(&mut self.raw) {
                    Ok(count) => {
                        self.raw.truncate(count);
                        self.is_done = count == 0;
                    }
                    Err(error) => {
                        self.raw.clear();
                        self.is_done = true;
                        self.failure = Some(error);
                    }
                }
            }
            let (result, used, written, _) = self.decoder.decode_to_utf8(&self.raw, into, self.is_done);
            self.raw.drain(..used);
            let is_finished = self.is_done && result == encoding_rs::CoderResult::InputEmpty;
            if is_finished {
                // A finished decoder may not be called again; this one has nothing to say.
                self.decoder = UTF_8.new_decoder_without_bom_handling();
            }
            if written > 0 {
                return Ok(written);
            }
            if is_finished {
                return self.failure.take().map_or(Ok(0), Err);
            }
        }
        Ok(0)
    }
}

/// Unpacks frame after frame. ruzstd's own reader knows one frame, and keeps its last window to itself when a file is
/// cut; so the frames are driven here.
struct Zstd {
    source: Box<dyn io::BufRead + Send>,
    decoder: FrameDecoder,
    is_in_frame: bool,
    failure: Option<io::Error>,
}

/// The header of a frame of one byte. ruzstd limits the window (to 100 MiB) only where it resets a decoder, so ours has
/// seen this frame before it sees the first real one.
const TINY_FRAME: [u8; 6] = [0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x01];
/// An empty last block and room for a check sum: ends a frame that was cut, so that what was decoded can be drained.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

impl Zstd {
    fn new(source: Box<dyn io::BufRead + Send>) -> Self {
        let mut decoder = FrameDecoder::new();
        let failure = decoder.init(TINY_FRAME.as_slice()).err().map(io::Error::other);
        Self { source, decoder, is_in_frame: false, failure }
    }

    fn next_frame(&mut self) -> io::Result<()> {
        match self.decoder.reset(&mut self.source) {
            Ok(()) => self.is_in_frame = true,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
                length, ..
            })) => {
                io::copy(&mut self.source.by_ref().take(u64::from(length)), &mut io::sink())?;
            }
            Err(error) => return Err(io::Error::other(error)),
        }
        Ok(())
    }
}

impl Read for Zstd {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.is_in_frame {
                if self.decoder.can_collect() > 0 {
                    return self.decoder.read(into);
                }
                if self.decoder.is_finished() {
                    self.is_in_frame = false;
                    continue;
                }
                if let Err(error) =
                    self.decoder.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                {
                    self.failure = Some(io::Error::other(error));
                    self.is_in_frame = self
                        .decoder
                        .decode_blocks(LAST_BLOCK.as_slice(), BlockDecodingStrategy::UptoBlocks(1))
                        .is_ok();
                }
                continue;
            }
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            if self.source.fill_buf()?.is_empty() {
                return Ok(0);
            }
            self.next_frame()?;
        }
    }
}
