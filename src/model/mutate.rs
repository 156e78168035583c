//! Bytes that were changed a little, for tests of everything that reads bytes from outside: one target a parser, seeds that it
//! takes, and mutations of them. `VERBAND_MUTATIONS` says how many each target gets; a failure is found again by its number.

#[cfg(not(feature = "fuzz"))]
use rand::{RngExt, SeedableRng};
#[cfg(not(feature = "fuzz"))]
use rand_chacha::ChaCha8Rng;

/// Mutations of a target where nothing says how many.
#[cfg(not(feature = "fuzz"))]
const COUNT: u64 = 1_500;

/// What means something in the texts and files that are read.
const PIECES: [&[u8]; 44] = [
    b"\"",
    b"'",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b"[[",
    b"=",
    b":",
    b",",
    b";",
    b"\n",
    b"\r\n",
    b"\t",
    b"<",
    b"</",
    b"/>",
    b"&amp;",
    b"<!DOCTYPE a [",
    b"<![CDATA[",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xc3",
    b"\xe2\x82\xac",
    b"null",
    b"true",
    b"-1",
    b"18446744073709551616",
    b"1e400",
    b"NaN",
    b"9999-99-99",
    b"2020-02-30",
    b"%00",
    b"%2e%2e%2f",
    b"../",
    b"..",
    b"${x}",
    b"\"\"\"",
    b"PK\x03\x04",
    b"PAR1",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
];

/// Gives a target seeds and mutations of them, one after the other. Built with the feature `fuzz`, the target that
/// `VERBAND_FUZZ` names is given to libFuzzer instead, which looks for inputs that reach further, and all others get nothing.
pub fn mutated(name: &str, seeds: &[&[u8]], mut target: impl FnMut(&[u8])) {
    #[cfg(feature = "fuzz")]
    return guided(name, seeds, &mut target);
    #[cfg(not(feature = "fuzz"))]
    by_chance(name, seeds, &mut target);
}

/// `VERBAND_FUZZ_SECONDS` long, with what earlier runs found in `target/fuzz/NAME`.
#[cfg(feature = "fuzz")]
fn guided(name: &str, seeds: &[&[u8]], target: &mut dyn FnMut(&[u8])) {
    match std::env::var("VERBAND_FUZZ").as_deref() {
        Ok("list") => return println!("\ntarget {name}"),
        Ok(named) if named == name => {}
        _ => return,
    }
    let found = format!("{}/target/fuzz/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::create_dir_all(&found).unwrap();
    let given = tempfile::tempdir().unwrap();
    for (number, seed) in seeds.iter().enumerate() {
        std::fs::write(given.path().join(number.to_string()), seed).unwrap();
    }
    let words = PIECES.iter().enumerate().map(|(number, piece)| {
        let bytes = piece.iter().map(|byte| format!("\\x{byte:02x}"));
        format!("w{number}=\"{}\"\n", bytes.collect::<String>())
    });
    let dictionary = given.path().with_extension("words");
    std::fs::write(&dictionary, words.collect::<String>()).unwrap();
    let seconds = std::env::var("VERBAND_FUZZ_SECONDS").unwrap_or_else(|_| "60".to_owned());
    verband_fuzz::run(
        &[
            found.clone(),
            given.path().display().to_string(),
            format!("-dict={}", dictionary.display()),
            format!("-artifact_prefix={found}-"),
            format!("-max_total_time={seconds}"),
            "-max_len=65536".to_owned(),
            "-timeout=20".to_owned(),
            "-rss_limit_mb=4096".to_owned(),
            "-verbosity=0".to_owned(),
            "-print_final_stats=1".to_owned(),
        ],
        target,
    )
}

#[cfg(not(feature = "fuzz"))]
fn by_chance(name: &str, seeds: &[&[u8]], target: &mut dyn FnMut(&[u8])) {
    seeds.iter().for_each(|seed| target(seed));
    let count = std::env::var("VERBAND_MUTATIONS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(COUNT);
    for number in 0..count {
        let bytes = mutation(seeds, number);
        // A panic names the mutation that made it.
        let named = Named(name, number);
        target(&bytes);
        std::mem::forget(named);
    }
}

#[cfg(not(feature = "fuzz"))]
struct Named<'a>(&'a str, u64);

#[cfg(not(feature = "fuzz"))]
impl Drop for Named<'_> {
    fn drop(&mut self) {
        eprintln!("this was mutation {} of `{}`", self.1, self.0);
    }
}

#[cfg(not(feature = "fuzz"))]
fn mutation(seeds: &[&[u8]], number: u64) -> Vec<u8> {
    let mut random = ChaCha8Rng::seed_from_u64(number);
    let mut bytes = seeds[random.random_range(0..seeds.len())].to_vec();
    for _ in 0..random.random_range(1..6) {
        let at = random.random_range(0..=bytes.len());
        let end = (at + random.random_range(0..=64)).min(bytes.len());
        match random.random_range(0..8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            1 if at < bytes.len() => bytes[at] = random.random(),
            2 => drop(bytes.drain(at..end)),
            3 => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            4 => {
                let other = seeds[random.random_range(0..seeds.len())];
                let from = random.random_range(0..=other.len());
                let to = (from + random.random_range(0..=200)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            5 => bytes.truncate(at),
            6 => {
                let part = bytes[at..end].repeat(random.random_range(1..100));
                bytes.splice(at..at, part);
            }
            _ => {
                let piece = PIECES[random.random_range(0..PIECES.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
        }
    }
    bytes
}
