//! Days, dates of which parts are unknown, and intervals of validity.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Says why a text is no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// The text does not have the shape that the format asks for.
    #[error("not a date in the form `{0}`")]
    Malformed(&'static str),
    /// The shape is right, the day does not exist.
    #[error("no such day in the calendar")]
    NoSuchDay,
}

/// A day, counted from 1970-01-01. Years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Day(i32);

const EPOCH: Date = Date::constant(1970, 1, 1);
/// Day counts of 0001-01-01 and 9999-12-31: they leave two bits free for the precision.
const DAYS_MIN: i32 = -719_162;
const DAYS_MAX: i32 = 2_932_896;

impl Day {
    /// The first day that can be written, 0001-01-01.
    pub const MIN: Self = Self(DAYS_MIN);
    /// The last day that can be written, 9999-12-31.
    pub const MAX: Self = Self(DAYS_MAX);

    /// Takes a day count since 1970-01-01; `None` outside the years 1 to 9999.
    pub fn from_days(days: i32) -> Option<Self> {
        (DAYS_MIN..=DAYS_MAX).contains(&days).then_some(Self(days))
    }

    /// Takes a calendar date; `None` outside the years 1 to 9999.
    pub fn from_date(date: Date) -> Option<Self> {
        let days = date.since(EPOCH).ok()?.get_days();
        Self::from_days(days)
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i32 {
        self.0
    }

    /// The calendar date.
    pub fn date(self) -> Date {
        // INVARIANT (days are in range): both constructors check it, so the addition cannot fail.
        EPOCH
            .checked_add(jiff::Span::new().days(self.0))
            .unwrap_or(EPOCH)
    }

    /// Whether so many days have gone by since another day.
    pub fn is_past(self, since: Self, days: u32) -> bool {
        i64::from(self.0) - i64::from(since.0) >= i64::from(days)
    }

    /// This many days later, kept within the years 1 to 9999.
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days).clamp(DAYS_MIN, DAYS_MAX))
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.date())
    }
}

impl std::str::FromStr for Day {
    type Err = DateError;

    /// Reads `yyyy-mm-dd`.
    fn from_str(text: &str) -> Result<Self, DateError> {
        match PartialDate::parse(text, DateFormat::Iso)? {
            Some(PartialDate {
                first,
                precision: Precision::Day,
            }) => Ok(first),
            Some(_) | None => Err(DateError::Malformed("yyyy-mm-dd")),
        }
    }
}

/// How much of a date is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    /// Year, month and day.
    Day,
    /// Year and month.
    Month,
    /// The year alone.
    Year,
    /// Nothing: the source says that there is a date and does not know it.
    Unknown,
}

/// The forms in which sources write dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateFormat {
    /// `2020-05-01`, also with a time behind it, `2020-05` and `2020`.
    #[default]
    Iso,
    /// `20200501`; zeros for parts that are not known (BRP, LO3 element 03.10).
    Compact,
    /// `1/08/2017`: day, month, year.
    Dmy,
    /// Days since 1970-01-01; `99999` is open.
    Days,
}

/// A date of which parts may be unknown, as the BRP has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PartialDate {
    /// The first day that the date can be.
    pub first: Day,
    /// How much of it is known.
    pub precision: Precision,
}

impl PartialDate {
    /// A date known to the day.
    pub fn day(first: Day) -> Self {
        Self {
            first,
            precision: Precision::Day,
        }
    }

    /// A date of which nothing is known.
    pub const UNKNOWN: Self = Self {
        first: Day::MIN,
        precision: Precision::Unknown,
    };

    /// Reads a date; `None` where the text says 'no date' (empty, or open in [`DateFormat::Days`]).
    ///
    /// # Errors
    /// [`DateError`] for another shape or a day that does not exist.
    pub fn parse(text: &str, format: DateFormat) -> Result<Option<Self>, DateError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        match format {
            DateFormat::Iso => parse_iso(text).map(Some),
            DateFormat::Compact => parse_compact(text).map(Some),
            DateFormat::Dmy => parse_dmy(text).map(Some),
            DateFormat::Days => parse_days(text),
        }
    }

    /// The first day that the date can be.
    pub fn earliest(self) -> Day {
        self.first
    }

    /// The last day that the date can be.
    pub fn latest(self) -> Day {
        let date = self.first.date();
        match self.precision {
            Precision::Day => self.first,
            Precision::Month => Day::from_date(date.last_of_month()).unwrap_or(Day::MAX),
            Precision::Year => Day::from_date(date.last_of_year()).unwrap_or(Day::MAX),
            Precision::Unknown => Day::MAX,
        }
    }

    fn pack(self) -> i32 {
        let precision = match self.precision {
            Precision::Day => 0,
            Precision::Month => 1,
            Precision::Year => 2,
            Precision::Unknown => 3,
        };
        self.first.0 * 4 + precision
    }

    fn unpack(packed: i32) -> Self {
        let precision = match packed.rem_euclid(4) {
            0 => Precision::Day,
            1 => Precision::Month,
            2 => Precision::Year,
            _ => Precision::Unknown,
        };
        Self {
            first: Day(packed.div_euclid(4).clamp(DAYS_MIN, DAYS_MAX)),
            precision,
        }
    }
}

impl std::fmt::Display for PartialDate {
    /// Writes only what is known: `2020-05-01`, `2020-05`, `2020`, `?`.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let date = self.first.date();
        match self.precision {
            Precision::Day => write!(formatter, "{date}"),
            Precision::Month => write!(formatter, "{:04}-{:02}", date.year(), date.month()),
            Precision::Year => write!(formatter, "{:04}", date.year()),
            Precision::Unknown => formatter.write_str("?"),
        }
    }
}

fn calendar(year: i16, month: i8, day: i8) -> Result<Day, DateError> {
    let date = Date::new(year, month, day).map_err(|_| DateError::NoSuchDay)?;
    Day::from_date(date).ok_or(DateError::NoSuchDay)
}

fn digits<T: std::str::FromStr>(text: &str, form: &'static str) -> Result<T, DateError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DateError::Malformed(form));
    }
    text.parse().map_err(|_| DateError::Malformed(form))
}

fn parse_iso(text: &str) -> Result<PartialDate, DateError> {
    const FORM: &str = "yyyy-mm-dd";
    let date_part = text.split(['T', ' ']).next().unwrap_or(text);
    let mut parts = date_part.split('-');
    let year_text = parts.next().unwrap_or_default();
    if year_text.len() != 4 {
        return Err(DateError::Malformed(FORM));
    }
    let year = digits(year_text, FORM)?;
    let (month_text, day_text) = (parts.next(), parts.next());
    if parts.next().is_some() {
        return Err(DateError::Malformed(FORM));
    }
    match (month_text, day_text) {
        (None, _) => Ok(PartialDate {
            first: calendar(year, 1, 1)?,
            precision: Precision::Year,
        }),
        (Some(month), None) => Ok(PartialDate {
            first: calendar(year, digits(month, FORM)?, 1)?,
            precision: Precision::Month,
        }),
        (Some(month), Some(day)) => {
            calendar(year, digits(month, FORM)?, digits(day, FORM)?).map(PartialDate::day)
        }
    }
}

fn parse_compact(text: &str) -> Result<PartialDate, DateError> {
    const FORM: &str = "yyyymmdd";
    let (Some(year_text), Some(month_text), Some(day_text)) =
        (text.get(0..4), text.get(4..6), text.get(6..))
    else {
        return Err(DateError::Malformed(FORM));
    };
    if text.len() != 8 {
        return Err(DateError::Malformed(FORM));
    }
    let (year, month, day): (i16, i8, i8) = (
        digits(year_text, FORM)?,
        digits(month_text, FORM)?,
        digits(day_text, FORM)?,
    );
    match (year, month, day) {
        (0, 0, 0) => Ok(PartialDate::UNKNOWN),
        (year, 0, 0) => Ok(PartialDate {
            first: calendar(year, 1, 1)?,
            precision: Precision::Year,
        }),
        (year, month, 0) => Ok(PartialDate {
            first: calendar(year, month, 1)?,
            precision: Precision::Month,
        }),
        (year, month, day) => calendar(year, month, day).map(PartialDate::day),
    }
}

fn parse_dmy(text: &str) -> Result<PartialDate, DateError> {
    const FORM: &str = "d/mm/yyyy";
    let mut parts = text.split(['/', '-']);
    let (Some(day), Some(month), Some(year), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(DateError::Malformed(FORM));
    };
    let year_number = digits(year, FORM)?;
    calendar(year_number, digits(month, FORM)?, digits(day, FORM)?).map(PartialDate::day)
}

/// What `DateFormat::Days` writes for 'no end'.
const DAYS_OPEN: i32 = 99_999;

fn parse_days(text: &str) -> Result<Option<PartialDate>, DateError> {
    let days: i32 = text.parse().map_err(|_| DateError::Malformed("days"))?;
    if days == DAYS_OPEN {
        return Ok(None);
    }
    Day::from_days(days)
        .map(|day| Some(PartialDate::day(day)))
        .ok_or(DateError::NoSuchDay)
}

/// When something holds: from a first day up to, but not on, a last; either may be open or partly unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Validity {
    /// First day; `None` is 'always was'.
    pub from: Option<PartialDate>,
    /// First day after; `None` is 'still is'.
    pub to: Option<PartialDate>,
}

/// Packed bounds that no date has: open at the beginning and at the end.
const OPEN_FROM: i32 = i32::MIN;
const OPEN_TO: i32 = i32::MAX;

impl Validity {
    /// Holds always.
    pub const ALWAYS: Self = Self {
        from: None,
        to: None,
    };

    /// Whether the end cannot lie before the beginning, whatever the unknown parts are.
    pub fn is_ordered(self) -> bool {
        match (self.from, self.to) {
            (Some(from), Some(to)) => from.earliest() <= to.latest(),
            (None, _) | (_, None) => true,
        }
    }

    /// Whether this can hold within `span`: unknown parts of dates count in favour.
    pub fn may_hold(self, span: TimeSpan) -> bool {
        let begun = self.from.is_none_or(|from| from.earliest() <= span.day());
        let ended = match span {
            TimeSpan::On(day) => self.to.is_some_and(|to| to.latest() <= day),
            TimeSpan::Until(_) => false,
            TimeSpan::Within { from, .. } => self.to.is_some_and(|to| to.latest() <= from),
        };
        begun && !ended
    }

    /// Whether this holds on `day` whatever the unknown parts of its dates are.
    pub fn surely_holds(self, day: Day) -> bool {
        self.from.is_none_or(|from| from.latest() <= day)
            && self.to.is_none_or(|to| day < to.earliest())
    }

    /// The two bounds as the columns of a snapshot hold them.
    pub(crate) fn pack(self) -> (i32, i32) {
        (
            self.from.map_or(OPEN_FROM, PartialDate::pack),
            self.to.map_or(OPEN_TO, PartialDate::pack),
        )
    }

    /// Reads the two bounds back.
    pub(crate) fn unpack(from: i32, to: i32) -> Self {
        Self {
            from: (from != OPEN_FROM).then(|| PartialDate::unpack(from)),
            to: (to != OPEN_TO).then(|| PartialDate::unpack(to)),
        }
    }
}

/// Which part of time a read looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeSpan {
    /// What holds on the day.
    On(Day),
    /// What holds on the day or held at any time before it.
    Until(Day),
    /// What holds sometime from the first day up to and on the last.
    Within {
        /// The first day.
        from: Day,
        /// The last day.
        last: Day,
    },
}

impl TimeSpan {
    /// The as-of day: the last one that is looked at.
    pub fn day(self) -> Day {
        match self {
            Self::On(day) | Self::Until(day) | Self::Within { last: day, .. } => day,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compact(text: &str) -> PartialDate {
        PartialDate::parse(text, DateFormat::Compact)
            .unwrap()
            .unwrap()
    }

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn partial_dates_keep_what_is_known() {
        assert_eq!(compact("19610000").to_string(), "1961");
        assert_eq!(compact("19610300").to_string(), "1961-03");
        assert_eq!(compact("19610304").to_string(), "1961-03-04");
        assert_eq!(compact("00000000").to_string(), "?");
        assert_eq!(compact("19610000").latest(), day("1961-12-31"));
        assert_eq!(compact("19600200").latest(), day("1960-02-29"));
    }

    #[test]
    fn packed_dates_unpack_to_themselves() {
        for text in [
            "19610000", "19610300", "19610304", "00000000", "00010101", "99991231",
        ] {
            let validity = Validity {
                from: Some(compact(text)),
                to: None,
            };
            let (from, to) = validity.pack();
            assert_eq!(Validity::unpack(from, to), validity, "{text}");
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for (text, format) in [
            ("20200230", DateFormat::Compact),
            ("2020-13-01", DateFormat::Iso),
            ("31/04/2020", DateFormat::Dmy),
            ("202002", DateFormat::Compact),
            ("soon", DateFormat::Iso),
            ("20200200x", DateFormat::Compact),
        ] {
            assert!(PartialDate::parse(text, format).is_err(), "{text}");
        }
    }

    #[test]
    fn an_end_day_is_the_first_day_after() {
        let validity = Validity {
            from: Some(PartialDate::day(day("2020-01-01"))),
            to: Some(PartialDate::day(day("2020-02-01"))),
        };
        assert!(validity.may_hold(TimeSpan::On(day("2020-01-31"))));
        assert!(!validity.may_hold(TimeSpan::On(day("2020-02-01"))));
        assert!(validity.may_hold(TimeSpan::Until(day("2024-02-01"))));
        assert!(!validity.may_hold(TimeSpan::Until(day("2019-12-31"))));
    }

    #[test]
    fn an_unknown_part_may_hold_but_not_surely() {
        let validity = Validity {
            from: Some(compact("20200000")),
            to: None,
        };
        assert!(validity.may_hold(TimeSpan::On(day("2020-06-01"))));
        assert!(!validity.surely_holds(day("2020-06-01")));
        assert!(validity.surely_holds(day("2020-12-31")));
    }
}
