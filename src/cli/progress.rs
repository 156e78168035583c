//! Bars for work that takes longer than a moment; nothing where standard error is no terminal.

use indicatif::{ProgressBar, ProgressStyle};

use crate::ingest::Progress;

/// A bar over the bytes of a delivery.
pub struct LoadBar(ProgressBar);

impl LoadBar {
    /// Shows a bar for a delivery.
    pub fn new(title: &str) -> Self {
        let bar = ProgressBar::new(0);
        let template = "{msg:<32!} {bar:32} {percent:>3} %  {eta:>4} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(title.to_owned());
        Self(bar)
    }

    /// The same bar for what comes next.
    pub fn renamed(self, title: &str) -> Self {
        self.0.set_message(title.to_owned());
        self
    }

    /// Moves the bar.
    pub fn show(&self, progress: Progress) {
        self.0.set_length(progress.bytes_total);
        self.0.set_position(progress.bytes_read);
        if progress.bytes_read >= progress.bytes_total {
            // What follows has no measure: sorting, building, writing.
            self.0.set_message("writing the new revision");
        }
    }

    /// Takes the bar away.
    pub fn done(&self) {
        self.0.finish_and_clear();
    }
}

/// A bar over the patterns of a scan.
pub struct ScanBar(ProgressBar);

impl ScanBar {
    /// Shows a bar.
    pub fn new() -> Self {
        let bar = ProgressBar::new(0);
        let template = "{msg:<32!} {bar:32} {pos:>3} of {len} patterns";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message("scanning");
        Self(bar)
    }

    /// Moves the bar.
    pub fn show(&self, done: usize, total: usize) {
        self.0.set_length(total as u64);
        self.0.set_position(done as u64);
    }

    /// Takes the bar away.
    pub fn done(&self) {
        self.0.finish_and_clear();
    }
}

/// A count of rows, for work of which the end is not known.
pub struct RowCount(ProgressBar);

impl RowCount {
    /// Shows a count.
    pub fn new(title: &str) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}: {human_pos} rows") {
            bar.set_style(style);
        }
        bar.set_message(title.to_owned());
        Self(bar)
    }

    /// Tells how many rows there are so far.
    pub fn show(&self, rows: u64) {
        self.0.set_position(rows);
    }

    /// Takes the count away.
    pub fn done(&self) {
        self.0.finish_and_clear();
    }
}
