//! How a text file is written: its encoding, and of CSV its separator and quoting.
//!
//! An encoding is told by a byte order mark; without one, bytes that are UTF-8 are taken for it. Bytes that are not, in a
//! file that has no letter of several bytes in UTF-8, are Windows-1252; where a file has both, it is mixed: it is read as
//! UTF-8, and the rows that are none are refused one by one. A guess never changes a letter in silence: the report says
//! what each file was read as, and a source file may name it.

use std::io::{self, Read};

use csv::ReaderBuilder;
use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::super::source::TextEncoding;

/// Bytes that are looked at to tell separator and quoting.
const SAMPLE_BYTES: usize = 1 << 16;

/// Rows of the sample that are looked at.
const SAMPLE_ROWS: usize = 200;

/// Bytes that are read at a time.
const CHUNK_BYTES: usize = 1 << 16;

/// Separators that are tried, most common first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Tells the encoding of a text by its bytes, given piece by piece.
#[derive(Debug, Default)]
pub(crate) struct EncodingWatch {
    start: Vec<u8>,
    /// Bytes at the end of the piece before that may be the beginning of a letter.
    rest: Vec<u8>,
    letters: bool,
    broken: bool,
    zeros: [u64; 2],
    length: u64,
}

impl EncodingWatch {
    /// Takes the next bytes.
    pub(crate) fn take(&mut self, bytes: &[u8]) {
        if self.start.len() < 4 {
            self.start.extend(bytes.iter().take(4));
        }
        for (byte, place) in bytes.iter().zip(self.length..) {
            if *byte == 0
                && let Some(zeros) = self.zeros.get_mut((place % 2) as usize)
            {
                *zeros += 1;
            }
        }
        self.length += bytes.len() as u64;
        if self.broken && self.letters {
            return;
        }
        let mut whole = std::mem::take(&mut self.rest);
        whole.extend_from_slice(bytes);
        let mut left = whole.as_slice();
        loop {
            match std::str::from_utf8(left) {
                Ok(text) => {
                    self.letters |= !text.is_ascii();
                    return;
                }
                Err(error) => {
                    let (right, behind) = left.split_at(error.valid_up_to());
                    self.letters |= !right.is_ascii();
                    match error.error_len() {
                        Some(length) => {
                            self.broken = true;
                            left = behind.get(length..).unwrap_or_default();
                        }
                        None => {
                            self.rest = behind.to_vec();
                            return;
                        }
                    }
                }
            }
        }
    }

    /// What the bytes were.
    pub(crate) fn encoding(&self) -> TextEncoding {
        match self.start.as_slice() {
            [0xef, 0xbb, 0xbf, ..] => return TextEncoding::Utf8,
            [0xff, 0xfe, ..] => return TextEncoding::Utf16Le,
            [0xfe, 0xff, ..] => return TextEncoding::Utf16Be,
            _ => {}
        }
        // Every other byte of western text in UTF-16 is zero; in the others none is.
        let half = self.length / 2;
        let [even, odd] = self.zeros;
        if half > 1 && odd * 10 > half * 4 && even == 0 {
            return TextEncoding::Utf16Le;
        }
        if half > 1 && even * 10 > half * 4 && odd == 0 {
            return TextEncoding::Utf16Be;
        }
        let is_broken = self.broken || !self.rest.is_empty();
        if is_broken && !self.letters {
            return TextEncoding::Windows1252;
        }
        TextEncoding::Utf8
    }
}

/// Tells the encoding of a whole file.
///
/// # Errors
/// Those of reading it.
pub(crate) fn watch(mut input: impl Read) -> io::Result<TextEncoding> {
    let mut watch = EncodingWatch::default();
    let mut buffer = vec![0; CHUNK_BYTES];
    loop {
        let count = input.read(&mut buffer)?;
        if count == 0 {
            return Ok(watch.encoding());
        }
        watch.take(buffer.get(..count).unwrap_or_default());
    }
}

/// The encoding of some bytes.
pub(crate) fn encoding_of(bytes: &[u8]) -> TextEncoding {
    let mut watch = EncodingWatch::default();
    watch.take(bytes);
    watch.encoding()
}

/// Decodes some bytes, without their byte order mark.
///
/// # Errors
/// Which encoding they are not.
pub(crate) fn decode(bytes: &[u8], encoding: TextEncoding) -> Result<String, String> {
    let mut text = String::new();
    Decoding::new(bytes, encoding)
        .read_to_string(&mut text)
        .map_err(|_| format!("not {}", encoding.name()))?;
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Ok(rest.to_owned()),
        None => Ok(text),
    }
}

/// A reader that turns an encoding into UTF-8. UTF-8 itself is passed on as it is.
pub(crate) struct Decoding<R> {
    inner: R,
    decoder: Option<Decoder>,
    name: &'static str,
    input: Vec<u8>,
    /// What of `input` was not decoded yet.
    pending: std::ops::Range<usize>,
    output: Vec<u8>,
    given: usize,
    at_end: bool,
    /// Whether the decoder has taken the end: it may not be asked again.
    is_done: bool,
}

impl<R: Read> Decoding<R> {
    pub(crate) fn new(inner: R, encoding: TextEncoding) -> Self {
        let decoder = match encoding {
            TextEncoding::Utf8 => None,
            TextEncoding::Utf16Le => Some(UTF_16LE.new_decoder_with_bom_removal()),
            TextEncoding::Utf16Be => Some(UTF_16BE.new_decoder_with_bom_removal()),
            TextEncoding::Windows1252 => Some(WINDOWS_1252.new_decoder_without_bom_handling()),
        };
        Self {
            inner,
            decoder,
            name: encoding.name(),
            input: vec![0; CHUNK_BYTES],
            pending: 0..0,
            output: Vec::new(),
            given: 0,
            at_end: false,
            is_done: false,
        }
    }

    /// Decodes the next piece into `output`.
    fn refill(&mut self) -> io::Result<()> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(());
        };
        if self.pending.is_empty() && !self.at_end {
            let count = self.inner.read(&mut self.input)?;
            self.pending = 0..count;
            self.at_end = count == 0;
        }
        self.output.resize(CHUNK_BYTES * 4, 0);
        self.given = 0;
        let source = self.input.get(self.pending.clone()).unwrap_or_default();
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(source, &mut self.output, self.at_end);
        self.pending.start += read;
        self.output.truncate(written);
        match result {
            DecoderResult::InputEmpty => {
                self.is_done = self.at_end;
                Ok(())
            }
            DecoderResult::OutputFull => Ok(()),
            DecoderResult::Malformed(..) => Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("not {}", self.name),
            )),
        }
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.decoder.is_none() {
            return self.inner.read(buffer);
        }
        while self.given == self.output.len() {
            if self.is_done {
                return Ok(0);
            }
            self.refill()?;
        }
        let ready = self.output.get(self.given..).unwrap_or_default();
        let count = ready.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(ready) {
            *to = *from;
        }
        self.given += count;
        Ok(count)
    }
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Form {
    pub separator: u8,
    pub quoting: bool,
}

impl Form {
    /// How it is told to people.
    pub(crate) fn describe(self) -> String {
        let separator = match self.separator {
            b'\t' => "tab".to_owned(),
            other => format!("`{}`", char::from(other)),
        };
        let quoting = if self.quoting { "" } else { ", no quoting" };
        format!("separator {separator}{quoting}")
    }
}

/// Tells how the rows of a text are written: the form under which the first rows have the same number of fields, and the
/// most of them.
pub(crate) fn form_of(text: &str) -> Form {
    let sample = sample(text);
    let mut best = (
        0,
        0,
        Form {
            separator: b',',
            quoting: true,
        },
    );
    for quoting in [true, false] {
        // Without quotes there is nothing to tell.
        if !quoting && !sample.contains('"') {
            continue;
        }
        for separator in SEPARATORS {
            let form = Form { separator, quoting };
            let (share, fields) = fit(sample, form);
            let score = if fields > 1 { (share, fields) } else { (0, 0) };
            if score > (best.0, best.1) {
                best = (score.0, score.1, form);
            }
        }
    }
    best.2
}

/// The first bytes of a text, cut behind a whole row if the text is longer.
fn sample(text: &str) -> &str {
    if text.len() <= SAMPLE_BYTES {
        return text;
    }
    let end = (0..=SAMPLE_BYTES)
        .rev()
        .find(|&end| text.is_char_boundary(end));
    let start = text.get(..end.unwrap_or(0)).unwrap_or_default();
    match start.rfind('\n') {
        Some(end) => start.get(..=end).unwrap_or(start),
        None => start,
    }
}

/// How well rows fit a form: the share of rows with as many fields as the first, in tenths, and that number.
fn fit(sample: &str, form: Form) -> (usize, usize) {
    let mut reader = ReaderBuilder::new()
        .delimiter(form.separator)
        .quoting(form.quoting)
        .has_headers(false)
        .flexible(true)
        .from_reader(sample.as_bytes());
    let mut rows = reader.records().map_while(Result::ok).take(SAMPLE_ROWS);
    let Some(first) = rows.next() else {
        return (0, 0);
    };
    let fields = first.len();
    // A row that runs over many lines is a quote that was taken for more than it is.
    let (mut all, mut alike) = (0, 0);
    for row in rows {
        all += 1;
        alike += usize::from(row.len() == fields);
    }
    ((alike * 10_usize).checked_div(all).unwrap_or(10), fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_found_out() {
        let utf_16 = |text: &str, big: bool| -> Vec<u8> {
            let units = text.encode_utf16();
            units
                .flat_map(|unit| {
                    if big {
                        unit.to_be_bytes()
                    } else {
                        unit.to_le_bytes()
                    }
                })
                .collect()
        };
        for (bytes, expected) in [
            (b"a;b\n1;2\n".to_vec(), TextEncoding::Utf8),
            ("caf\u{e9};b\n".as_bytes().to_vec(), TextEncoding::Utf8),
            (b"\xef\xbb\xbfa\n".to_vec(), TextEncoding::Utf8),
            (b"caf\xe9;b\n".to_vec(), TextEncoding::Windows1252),
            (b"\x80 100;b\n".to_vec(), TextEncoding::Windows1252),
            // Both: mixed, and rows decide.
            (b"caf\xe9;caf\xc3\xa9\n".to_vec(), TextEncoding::Utf8),
            (utf_16("\u{feff}a;b\n", false), TextEncoding::Utf16Le),
            (utf_16("\u{feff}a;b\n", true), TextEncoding::Utf16Be),
            (utf_16("naam;caf\u{e9}\n", false), TextEncoding::Utf16Le),
            (utf_16("naam;caf\u{e9}\n", true), TextEncoding::Utf16Be),
            (Vec::new(), TextEncoding::Utf8),
        ] {
            assert_eq!(encoding_of(&bytes), expected, "{bytes:?}");
            // Cut anywhere, the pieces tell the same.
            let mut watch = EncodingWatch::default();
            bytes.iter().for_each(|byte| watch.take(&[*byte]));
            assert_eq!(watch.encoding(), expected, "{bytes:?} byte by byte");
        }
    }

    #[test]
    fn text_is_decoded_whatever_it_was_written_in() {
        let wide: Vec<u8> = "\u{feff}caf\u{e9} \u{20ac}"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(
            decode(&wide, TextEncoding::Utf16Le).unwrap(),
            "caf\u{e9} \u{20ac}"
        );
        assert_eq!(
            decode(b"caf\xe9 \x80", TextEncoding::Windows1252).unwrap(),
            "caf\u{e9} \u{20ac}"
        );
        assert!(decode(&[0x00, 0xd8, 0x41, 0x00], TextEncoding::Utf16Le).is_err());
        let long = "\u{e9}".repeat(300_000);
        let wide: Vec<u8> = long.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&wide, TextEncoding::Utf16Be).unwrap(), long);
    }

    #[test]
    fn separator_and_quoting_are_found_out() {
        for (text, separator, quoting) in [
            ("a,b\n1,2\n", b',', true),
            ("a;b\n1,5;2\n", b';', true),
            ("a\tb\n1,5\t2;3\n", b'\t', true),
            ("a|b|c\nx, y|2|3\n", b'|', true),
            ("a;b\n\"x;y\";2\n", b';', true),
            ("a;b;c\n5\" buis;2;3\n\"los;4;5\n7;8;9\n", b';', false),
            ("alone\n1\n", b',', true),
            ("", b',', true),
        ] {
            let form = form_of(text);
            assert_eq!(
                (form.separator, form.quoting),
                (separator, quoting),
                "{text:?}"
            );
        }
    }
}
