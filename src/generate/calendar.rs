//! Days and the ways a register writes them.

use jiff::ToSpan;
use jiff::civil::{Date, date};

/// Days in four years, leap day included: what an age in years is reckoned by.
const DAYS_IN_FOUR_YEARS: i32 = 1461;

/// A day, as its distance in days from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(i32);

impl Day {
    /// Takes the day of a calendar date.
    pub(crate) fn from_date(calendar_date: Date) -> Self {
        Self((calendar_date - date(1970, 1, 1)).get_days())
    }

    /// Returns the calendar date of this day; the end of the calendar if it lies past it.
    pub(crate) fn date(self) -> Date {
        date(1970, 1, 1).saturating_add(self.0.days())
    }

    /// Returns the day `days` later, or earlier if negative.
    pub(crate) fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Returns the day about `years` later, or earlier if negative: to the day over four years, which is enough for ages.
    pub(crate) fn plus_years(self, years: i32) -> Self {
        self.plus_days(years.saturating_mul(DAYS_IN_FOUR_YEARS) / 4)
    }

    /// Returns how many days `self` is after `earlier`; negative if it is before.
    pub(crate) fn days_since(self, earlier: Self) -> i32 {
        self.0.saturating_sub(earlier.0)
    }

    /// Returns how many whole years `self` is after `earlier`, by years of 365.25 days.
    pub(crate) fn years_since(self, earlier: Self) -> i32 {
        self.days_since(earlier).saturating_mul(4) / DAYS_IN_FOUR_YEARS
    }

    /// Returns the calendar year.
    pub(crate) fn year(self) -> i16 {
        self.date().year()
    }

    /// Writes the day as `2026-11-01`.
    pub(crate) fn iso(self) -> String {
        let shown = self.date();
        format!(
            "{:04}-{:02}-{:02}",
            shown.year(),
            shown.month(),
            shown.day()
        )
    }
}

/// How much of a date the register knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    /// Year, month and day.
    Day,
    /// Year and month.
    Month,
    /// The year alone.
    Year,
}

/// A day as a register knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RegisterDate {
    /// The day it really was.
    pub(crate) day: Day,
    /// What of it was written down.
    pub(crate) precision: Precision,
}

impl RegisterDate {
    /// Makes a date that is known to the day.
    pub(crate) fn exact(day: Day) -> Self {
        Self {
            day,
            precision: Precision::Day,
        }
    }

    /// Writes the date as the BRP does, `20261101`, with zeros for what is not known.
    pub(crate) fn compact(self) -> String {
        let shown = self.day.date();
        match self.precision {
            Precision::Day => format!("{:04}{:02}{:02}", shown.year(), shown.month(), shown.day()),
            Precision::Month => format!("{:04}{:02}00", shown.year(), shown.month()),
            Precision::Year => format!("{:04}0000", shown.year()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Day, Precision, RegisterDate};
    use jiff::civil::date;

    #[test]
    fn a_day_returns_its_own_date() {
        for calendar_date in [
            date(1900, 1, 1),
            date(1970, 1, 1),
            date(2024, 2, 29),
            date(2026, 11, 1),
        ] {
            assert_eq!(Day::from_date(calendar_date).date(), calendar_date);
        }
        assert_eq!(
            Day::from_date(date(2026, 11, 1)).plus_years(-20).year(),
            2006
        );
    }

    #[test]
    fn what_is_not_known_is_not_written() {
        let day = Day::from_date(date(2011, 5, 7));
        let written = |precision| RegisterDate { day, precision }.compact();
        assert_eq!(written(Precision::Day), "20110507");
        assert_eq!(written(Precision::Month), "20110500");
        assert_eq!(written(Precision::Year), "20110000");
        assert_eq!(day.iso(), "2011-05-07");
    }
}
