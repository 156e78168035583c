//! Parquet: each row is a record, known by its number from 1.
//!
//! Groups, lists and maps keep their shape, so fields are paths as in JSON. Times are written with their zone
//! (`2020-06-29T02:33:46Z`), days as `2020-05-01`, decimals with their point.

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use jiff::Timestamp;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use serde_json::{Map, Value};

use super::super::error::{IngestError, Place};
use super::super::intake::Intake;
use super::super::record::{Body, Record};
use super::read_failed;
use crate::model::Day;

/// Most bytes of one column of one row group, unpacked. Writers make row groups of 128 MB to 1 GB.
const CHUNK_BYTES_MAX: i64 = 2 << 30;

/// Reads the rows of a file.
///
/// # Errors
/// [`IngestError`] for what is no Parquet, is damaged, is past a limit, or lacks a column that rules name.
pub(crate) fn read(path: &Path, name: &str, intake: &mut Intake<'_>) -> Result<(), IngestError> {
    let file = File::open(path).map_err(|error| read_failed(name, 1, error))?;
    let reader = guarded(name, 0, || SerializedFileReader::new(file))?;
    let metadata = reader.metadata();
    for group in metadata.row_groups() {
        let columns = group.columns().iter();
        let largest = columns.map(|column| column.uncompressed_size()).max();
        if largest.is_some_and(|bytes| !(0..=CHUNK_BYTES_MAX).contains(&bytes)) {
            return Err(IngestError::Limit {
                place: Place::file(name),
                what: "the unpacked size of one column of a row group in bytes",
                limit: CHUNK_BYTES_MAX as u64,
            });
        }
    }
    let fields = metadata.file_metadata().schema().get_fields();
    let known: Vec<String> = fields.iter().map(|field| field.name().to_owned()).collect();
    intake.known_fields(&[], &known)?;
    let mut rows = guarded(name, 0, || reader.get_row_iter(None))?;
    let mut number = 0_u32;
    loop {
        let row = guarded(name, number, || rows.next().transpose())?;
        let Some(row) = row else {
            return Ok(());
        };
        number = number.saturating_add(1);
        match tree(row) {
            Ok(tree) => intake.record(&Record {
                line: number,
                kinds: &[],
                body: Body::Tree(&tree),
            })?,
            Err(reason) => intake.unreadable(number, "", reason),
        }
    }
}

/// Runs a step of the reader, which panics at some damaged files where it should answer with an error.
fn guarded<T>(
    name: &str,
    row: u32,
    step: impl FnOnce() -> Result<T, ParquetError>,
) -> Result<T, IngestError> {
    let broken = |message: String| IngestError::Broken {
        place: Place {
            file: name.to_owned(),
            line: (row > 0).then_some(row),
        },
        message,
    };
    match catch_unwind(AssertUnwindSafe(step)) {
        Ok(Ok(made)) => Ok(made),
        Ok(Err(error)) => Err(broken(format!("the Parquet file cannot be read: {error}"))),
        Err(_) => Err(broken("the Parquet file is damaged".to_owned())),
    }
}

fn tree(row: Row) -> Result<Value, String> {
    let mut fields = Map::new();
    for (name, field) in row.into_columns() {
        let value = value(&field).map_err(|reason| format!("column `{name}`: {reason}"))?;
        fields.insert(name, value);
    }
    Ok(Value::Object(fields))
}

fn value(field: &Field) -> Result<Value, String> {
    let time = |time: Result<Timestamp, jiff::Error>| match time {
        Ok(time) => Ok(Value::String(time.to_string())),
        Err(_) => Err("a time that does not exist".to_owned()),
    };
    Ok(match field {
        Field::Null => Value::Null,
        Field::Bool(flag) => Value::Bool(*flag),
        Field::Byte(number) => (*number).into(),
        Field::Short(number) => (*number).into(),
        Field::Int(number) => (*number).into(),
        Field::Long(number) => (*number).into(),
        Field::UByte(number) => (*number).into(),
        Field::UShort(number) => (*number).into(),
        Field::UInt(number) => (*number).into(),
        Field::ULong(number) => (*number).into(),
        Field::Float16(number) => Value::String(number.to_string()),
        Field::Float(number) => Value::String(number.to_string()),
        Field::Double(number) => Value::String(number.to_string()),
        Field::Decimal(_) => Value::String(field.to_string()),
        Field::Str(text) => Value::String(text.clone()),
        Field::Bytes(bytes) => match std::str::from_utf8(bytes.data()) {
            Ok(text) => Value::String(text.to_owned()),
            Err(_) => return Err("bytes that are no text".to_owned()),
        },
        Field::Date(days) => match Day::from_days(*days) {
            Some(day) => Value::String(day.to_string()),
            None => return Err("a day outside the years 1 to 9999".to_owned()),
        },
        Field::TimeMillis(_) | Field::TimeMicros(_) => Value::String(field.to_string()),
        Field::TimestampMillis(count) => return time(Timestamp::from_millisecond(*count)),
        Field::TimestampMicros(count) => return time(Timestamp::from_microsecond(*count)),
        Field::Group(row) => return tree(row.clone()),
        Field::ListInternal(list) => Value::Array(
            list.elements()
                .iter()
                .map(value)
                .collect::<Result<_, _>>()?,
        ),
        Field::MapInternal(map) => {
            let mut fields = Map::new();
            for (key, inner) in map.entries() {
                fields.insert(key.to_string().trim_matches('"').to_owned(), value(inner)?);
            }
            Value::Object(fields)
        }
    })
}
