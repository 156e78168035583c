//! Lists the files of the viewer, `web/dist`, so that `src/api/routes/page.rs` builds them into the program.
//!
//! `make web` makes them. Where they are missing a page that says so takes their place: a plain `cargo build` needs no Node.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const MISSING: &str = "<!doctype html>\n<html lang=\"nl\">\n<head><meta charset=\"utf-8\"><title>Verband</title></head>\n<body>\n\
<h1>Verband</h1>\n<p>De viewer is niet meegebouwd. Voer <code>make web</code> uit en bouw opnieuw.</p>\n\
<p lang=\"en\">The viewer was not built in. Run <code>make web</code> and build again.</p>\n\
<p><a href=\"/v1/openapi.json\">/v1/openapi.json</a></p>\n</body>\n</html>\n";

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let dist = root.join("web/dist");
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=web/dist");
    let mut files = Vec::new();
    if dist.join("index.html").exists() {
        list(&dist, &mut files)?;
    } else {
        // Made where `make web` would make it, so that Cargo has something to watch and does not build anew each time.
        let page = dist.join("index.html");
        let written = fs::create_dir_all(&dist).and_then(|()| fs::write(&page, MISSING));
        let page = match written {
            Ok(()) => page,
            Err(_) => {
                let page = out.join("index.html");
                fs::write(&page, MISSING)?;
                page
            }
        };
        files.push(("index.html".to_owned(), page));
    }
    files.sort();
    let mut text = String::from("[\n");
    for (place, (name, path)) in files.into_iter().enumerate() {
        // Copied: the compiler reads them later, and `make web` may run meanwhile.
        let kept = out.join(format!("viewer-{place}"));
        fs::copy(&path, &kept)?;
        let address = if name == "index.html" {
            "/".to_owned()
        } else {
            format!("/{name}")
        };
        let _ = writeln!(
            text,
            "    ({address:?}, include_bytes!({:?}).as_slice()),",
            kept.display().to_string()
        );
    }
    text.push_str("]\n");
    fs::write(out.join("viewer.rs"), text)
}

/// Files below a directory, with their names below it. Hidden ones are of tools, not of the viewer.
fn list(directory: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    let mut open = vec![(String::new(), directory.to_path_buf())];
    while let Some((prefix, directory)) = open.pop() {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with('.') {
                continue;
            }
            if entry.file_type()?.is_dir() {
                open.push((format!("{prefix}{name}/"), entry.path()));
            } else {
                files.push((format!("{prefix}{name}"), entry.path()));
            }
        }
    }
    Ok(())
}
