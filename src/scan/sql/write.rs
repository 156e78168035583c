//! Tables of an export as Parquet files.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::{Column, Kind, Table};
use crate::authz::AuthorizedView;
use crate::model::{NodeId, PartialDate, Precision, Schema};
use crate::scan::exec::ExecError;
use crate::scan::exec::table::{Label, TableRow, decay, nodes, read};
use crate::scan::value::Value;

/// Why a table was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ExecError),
    /// The disk refused it.
    #[error("the file cannot be written: {0}")]
    Disk(#[from] io::Error),
    /// The format refused it.
    #[error("the table cannot be written: {0}")]
    Parquet(#[from] ParquetError),
}

/// Half-lives after which nothing is left of a weight.
const HALF_LIVES: i64 = 40;

/// Tells of every node that stands in a table, of what a view shows.
///
/// # Errors
/// [`ExecError::Archive`].
pub(crate) fn nodes_of(
    view: &AuthorizedView,
    table: &Table,
    note: &mut dyn FnMut(NodeId),
) -> Result<(), ExecError> {
    match table {
        Table::Nodes(_, label) => nodes(view, Label::Nodes(label), note),
        Table::Edges(_, label) => nodes(view, Label::Edges(label), note),
        Table::Decay(_) => Ok(()),
    }
}

/// Writes a table of what a view shows, and gives the number of rows.
///
/// # Errors
/// [`WriteError`].
pub(crate) fn write(
    view: &AuthorizedView,
    schema: &Schema,
    table: &Table,
    columns: &[Column],
    path: &Path,
) -> Result<u64, WriteError> {
    let (label, ids): (_, &[&str]) = match table {
        Table::Nodes(_, label) => (Label::Nodes(label), &["_id"]),
        Table::Edges(_, label) => (Label::Edges(label), &["_id", "_from", "_to"]),
        Table::Decay(half_life) => return write_decay(*half_life, path),
    };
    let mut fields: Vec<String> = ids
        .iter()
        .map(|id| format!("REQUIRED BYTE_ARRAY {id} (UTF8);"))
        .collect();
    for column in columns {
        let name = column.name();
        fields.push(match table.kind(schema, column) {
            Some(Kind::Whole) => format!("OPTIONAL INT64 {name};"),
            Some(Kind::Decimal) => format!("OPTIONAL DOUBLE {name};"),
            Some(Kind::Truth) => format!("OPTIONAL BOOLEAN {name};"),
            Some(Kind::Day) => format!("OPTIONAL INT32 {name};"),
            _ => format!("OPTIONAL BYTE_ARRAY {name} (UTF8);"),
        });
    }
    let mut file = TableFile::create(path, &fields)?;
    read(view, label, columns, &mut |rows| {
        file.chunk(
            rows.len(),
            &mut |place, column| match place.checked_sub(ids.len()) {
                None => column.texts(rows.iter().map(|row| Some(identifier(row, place)))),
                Some(place) => column.fields(rows.iter().map(|row| row.values.get(place))),
            },
        )
    })?;
    file.close()
}

fn identifier(row: &TableRow, place: usize) -> String {
    let end = place.checked_sub(1);
    match end.and_then(|end| row.ends.and_then(|ends| ends.get(end).copied())) {
        Some(end) => end.to_string(),
        None => row.id.clone(),
    }
}

fn write_decay(half_life: i64, path: &Path) -> Result<u64, WriteError> {
    let fields = ["REQUIRED INT64 days;", "REQUIRED INT64 micro;"].map(str::to_owned);
    let mut file = TableFile::create(path, &fields)?;
    let days: Vec<i64> = (1..half_life.saturating_mul(HALF_LIVES)).collect();
    file.chunk(days.len(), &mut |place, column| {
        let left = |days: &i64| {
            if place == 0 {
                *days
            } else {
                decay(*days, half_life)
            }
        };
        column.wholes(&days.iter().map(left).collect::<Vec<_>>())
    })?;
    file.close()
}

/// A Parquet file in the making.
struct TableFile {
    writer: SerializedFileWriter<BufWriter<File>>,
    rows: u64,
}

/// A column of a chunk in the making.
struct ColumnChunk<'c, 'w> {
    writer: &'c mut ColumnWriter<'w>,
}

impl TableFile {
    fn create(path: &Path, fields: &[String]) -> Result<Self, WriteError> {
        let schema = parse_message_type(&format!("message rows {{ {} }}", fields.join(" ")))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(format!("verband {}", env!("CARGO_PKG_VERSION")))
            .build();
        let file = BufWriter::new(File::create_new(path)?);
        Ok(Self {
            writer: SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?,
            rows: 0,
        })
    }

    fn chunk(
        &mut self,
        rows: usize,
        fill: &mut dyn FnMut(usize, ColumnChunk<'_, '_>) -> Result<(), ParquetError>,
    ) -> Result<(), WriteError> {
        let mut group = self.writer.next_row_group()?;
        let mut place = 0;
        while let Some(mut column) = group.next_column()? {
            fill(
                place,
                ColumnChunk {
                    writer: column.untyped(),
                },
            )?;
            column.close()?;
            place += 1;
        }
        group.close()?;
        self.rows += rows as u64;
        Ok(())
    }

    fn close(self) -> Result<u64, WriteError> {
        let mut file = self.writer.into_inner()?;
        file.flush()?;
        file.get_ref().sync_all()?;
        Ok(self.rows)
    }
}

impl ColumnChunk<'_, '_> {
    fn wholes(self, values: &[i64]) -> Result<(), ParquetError> {
        if let ColumnWriter::Int64ColumnWriter(writer) = self.writer {
            writer.write_batch(values, None, None)?;
        }
        Ok(())
    }

    fn texts(self, values: impl Iterator<Item = Option<String>>) -> Result<(), ParquetError> {
        if let ColumnWriter::ByteArrayColumnWriter(writer) = self.writer {
            let values: Vec<ByteArray> = values
                .flatten()
                .map(|text| ByteArray::from(text.into_bytes()))
                .collect();
            writer.write_batch(&values, None, None)?;
        }
        Ok(())
    }

    /// Values of one type; where there is none, or one of another type, the column is null.
    fn fields<'f>(
        self,
        fields: impl Iterator<Item = Option<&'f Value>>,
    ) -> Result<(), ParquetError> {
        macro_rules! write {
            ($writer:expr, $field:pat => $value:expr) => {{
                let mut values = Vec::new();
                let mut levels = Vec::new();
                for field in fields {
                    match field {
                        Some($field) => {
                            values.push($value);
                            levels.push(1);
                        }
                        _ => levels.push(0),
                    }
                }
                $writer.write_batch(&values, Some(&levels), None)?;
            }};
        }
        match self.writer {
            ColumnWriter::Int64ColumnWriter(writer) => write!(writer, Value::Integer(one) => *one),
            ColumnWriter::DoubleColumnWriter(writer) => write!(writer, Value::Decimal(one) => *one),
            ColumnWriter::BoolColumnWriter(writer) => write!(writer, Value::Boolean(one) => *one),
            ColumnWriter::Int32ColumnWriter(writer) => {
                // Where parts of it are unknown there is no day.
                write!(writer, Value::Date(PartialDate { first, precision: Precision::Day }) => first.days());
            }
            ColumnWriter::ByteArrayColumnWriter(writer) => {
                write!(writer, Value::Text(one) => ByteArray::from(&**one));
            }
            ColumnWriter::Int96ColumnWriter(_)
            | ColumnWriter::FloatColumnWriter(_)
            | ColumnWriter::FixedLenByteArrayColumnWriter(_) => {}
        }
        Ok(())
    }
}
