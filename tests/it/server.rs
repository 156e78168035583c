//! A server with its own lines in the settings, over a small town.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

use crate::town::{make, verband};

pub struct Server {
    process: Child,
    pub base: String,
    directory: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Server {
    pub fn start(settings: &str, files: &[(&str, String)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        make(path, 200);
        for (name, text) in files {
            fs::write(path.join(name), text).unwrap();
        }
        let file = path.join("verband.toml");
        // Keys that stand before the first table belong to none, so only a table may come last.
        let known = fs::read_to_string(&file).unwrap();
        let all = match settings.trim_start().starts_with('[') {
            true => known + settings,
            false => format!("{settings}\n{known}"),
        };
        fs::write(&file, all).unwrap();
        let (process, base) = serve(path);
        Self {
            process,
            base,
            directory,
        }
    }

    /// Where it lies.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// As a power cut does.
    pub fn kill(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }

    /// Starts it again over what is on disk.
    pub fn start_again(&mut self) {
        (self.process, self.base) = serve(self.directory.path());
    }

    pub fn address(&self) -> &str {
        self.base.split("//").nth(1).unwrap()
    }

    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address()).unwrap()
    }
}

fn serve(directory: &Path) -> (Child, String) {
    let mut process = verband()
        .args(["serve", "--listen", "127.0.0.1:0", "--config"])
        .arg(directory.join("verband.toml"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    let base = line
        .split(' ')
        .find(|word| word.starts_with("http"))
        .unwrap();
    (process, base.to_owned())
}
