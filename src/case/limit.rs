//! The limits of cases, in one place. Who passes one is told which.

/// Longest title, in characters.
pub const TITLE_CHARS_MAX: usize = 200;
/// Longest goal and longest reason, in characters.
pub const GOAL_CHARS_MAX: usize = 2_000;
/// Longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 4_000;
/// Most nodes that a case is about: a case is about a few things, not about a district.
pub const NODES_MAX: usize = 20;
/// Most steps from them.
pub const STEPS_MAX: u8 = 3;
/// Steps of a case that names no number: the people and companies at a premises, and what else they have.
pub const STEPS_DEFAULT: u8 = 2;
/// Most people in a team.
pub const TEAM_MAX: usize = 50;
/// Longest name of an account, in characters.
pub const ACCOUNT_CHARS_MAX: usize = 200;
/// Most mistakes that an account reports in a day.
pub const MISTAKES_PER_DAY_MAX: usize = 50;
/// How long a report of a mistake is kept after the last thing that happened with it, where its purpose does not say, in days.
pub const MISTAKE_DAYS_DEFAULT: u32 = 730;
/// Most answers to a report of a mistake.
pub const REPLIES_MAX: usize = 20;
/// Most nodes that can be pinned.
pub const PINS_MAX: usize = 200;
/// Most charts that are kept with a case.
pub const CHARTS_MAX: usize = 50;
/// Most versions of one of them.
pub const CHART_VERSIONS_MAX: usize = 50;
/// Most nodes of one.
pub const CHART_NODES_MAX: usize = 2_000;
/// Most lines in the log of a case, notes among them; closing is always possible.
pub const EVENTS_MAX: usize = 2_000;
/// Longest that a case may last where its purpose does not say, in days.
pub const CASE_DAYS_DEFAULT: u32 = 365;
/// An interest expires after two years, however long its case lasts.
pub const INTEREST_DAYS: i32 = 730;
/// Longest that a case may stay silent, in days; it can be renewed.
pub const SILENT_DAYS_MAX: i32 = 90;
