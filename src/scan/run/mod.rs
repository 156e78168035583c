//! Scans: patterns run under a mandate, over the mandate's view.
