//! A CSV file under way: semicolons, one header, and rows that are as wide as it.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use super::GenerateError;
use super::arena::Position;
use super::town::{Company, Holder, Person, Premises, Town};

/// A CSV file that is being written.
pub(crate) struct Sheet {
    path: PathBuf,
    rows: csv::Writer<BufWriter<File>>,
    records: u64,
}

impl Sheet {
    /// Begins a file with its header.
    ///
    /// # Errors
    /// [`GenerateError::Write`] if the file cannot be made.
    pub(crate) fn begin(
        directory: &Path,
        name: &str,
        header: &[&str],
    ) -> Result<Self, GenerateError> {
        let path = directory.join(name);
        let file = File::create(&path).map_err(|source| GenerateError::Write {
            path: path.clone(),
            source,
        })?;
        let rows = csv::WriterBuilder::new()
            .delimiter(b';')
            .from_writer(BufWriter::new(file));
        let mut sheet = Self {
            path,
            rows,
            records: 0,
        };
        sheet.write(header)?;
        Ok(sheet)
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`GenerateError::Write`] if it cannot be written, or is not as wide as the header.
    pub(crate) fn row(&mut self, fields: &[&str]) -> Result<(), GenerateError> {
        self.records += 1;
        self.write(fields)
    }

    /// Ends the file and tells how many rows it has, the header not counted.
    ///
    /// # Errors
    /// [`GenerateError::Write`] if the last of it cannot be written.
    pub(crate) fn end(mut self) -> Result<u64, GenerateError> {
        self.rows.flush().map_err(|source| GenerateError::Write {
            path: self.path.clone(),
            source,
        })?;
        Ok(self.records)
    }

    fn write(&mut self, fields: &[&str]) -> Result<(), GenerateError> {
        self.rows
            .write_record(fields)
            .map_err(|refused| GenerateError::Write {
                path: self.path.clone(),
                source: refused.into(),
            })
    }
}

/// The four columns that name premises: `postcode`, `huisnummer`, `huisletter`, `toevoeging`.
pub(crate) const ADDRESS_COLUMNS: [&str; 4] =
    ["postcode", "huisnummer", "huisletter", "toevoeging"];

/// Writes premises in the columns of [`ADDRESS_COLUMNS`]; empty if there are none.
///
/// # Errors
/// [`GenerateError::Inconsistent`] if they are not of this town.
pub(crate) fn address_fields(
    town: &Town,
    premises: Option<Position<Premises>>,
) -> Result<[String; 4], GenerateError> {
    let Some(premises) = premises else {
        return Ok(Default::default());
    };
    let found = town.premises.at(premises)?;
    Ok([
        found.postcode.clone(),
        found.house_number.to_string(),
        found.letter.map(String::from).unwrap_or_default(),
        found
            .addition
            .map(|addition| addition.to_string())
            .unwrap_or_default(),
    ])
}

/// The columns that name a holder: `bsn`, `aNummer`, and the trade register number of a company.
///
/// # Errors
/// [`GenerateError::Inconsistent`] if they are not of this town.
pub(crate) fn holder_fields(town: &Town, holder: Holder) -> Result<[String; 3], GenerateError> {
    match holder {
        Holder::Person(person) => {
            let [bsn, a_number] = person_fields(town, Some(person))?;
            Ok([bsn, a_number, String::new()])
        }
        Holder::Company(company) => {
            Ok([String::new(), String::new(), company_field(Some(company))])
        }
    }
}

/// Writes a person in the columns `bsn` and `aNummer`; empty if there is none.
///
/// # Errors
/// [`GenerateError::Inconsistent`] if the person is not of this town.
pub(crate) fn person_fields(
    town: &Town,
    person: Option<Position<Person>>,
) -> Result<[String; 2], GenerateError> {
    let Some(person) = person else {
        return Ok(Default::default());
    };
    let found = town.people.at(person)?;
    Ok([
        found.bsn.map(|bsn| bsn.to_string()).unwrap_or_default(),
        found.a_number.to_string(),
    ])
}

/// Writes the trade register number of a company; empty if there is none.
pub(crate) fn company_field(company: Option<Position<Company>>) -> String {
    company
        .map(|found| super::numbers::kvk_number(found.index()))
        .unwrap_or_default()
}
