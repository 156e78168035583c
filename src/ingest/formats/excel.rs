//! Excel workbooks (`.xlsx`). The kind of a record is the name of its sheet.
//!
//! The first row of a sheet that has a cell is its header; each row below is a record, known by its number in the sheet.
//! Whole numbers are written without a point, days as `2020-05-01`. A row with a cell that holds an error (`#N/A`), or one
//! beside the columns of the header, is refused. Cells are read one by one: a sheet of two cells a million rows apart takes
//! no more memory than two cells.

use std::io::{Read, Seek, SeekFrom};

use calamine::{Data, DataRef, Reader, Xlsx, XlsxError};
use csv::StringRecord;
use zip::ZipArchive;

use super::super::error::{IngestError, Place};
use super::super::intake::Intake;
use super::super::record::{Body, Record};
use super::csv::COLUMNS_MAX;
use super::read_failed;

/// Most bytes that a workbook may take unpacked: its texts are held in memory as a whole. A sheet of a million rows and ten
/// columns takes about 300 MB.
const UNPACKED_BYTES_MAX: u64 = 512 << 20;

/// Reads the sheets of a workbook.
///
/// # Errors
/// [`IngestError`] for what is no workbook, is past a limit, or lacks a column that rules name.
pub(crate) fn read(
    mut input: impl Read + Seek,
    name: &str,
    intake: &mut Intake<'_>,
) -> Result<(), IngestError> {
    measure(&mut input, name)?;
    let mut workbook = Xlsx::new(input).map_err(|error| broken(name, &error))?;
    for sheet in workbook.sheet_names() {
        if !intake.reads_kind(&sheet) {
            let reason = "no rule of the source file names this sheet";
            intake.not_read(&format!("{name}!{sheet}"), reason, None);
            continue;
        }
        read_sheet(&mut workbook, name, &sheet, intake)?;
    }
    Ok(())
}

/// Unpacks the whole file once, keeping nothing: what it takes is known before it is opened.
fn measure(input: &mut (impl Read + Seek), name: &str) -> Result<(), IngestError> {
    let mut archive = ZipArchive::new(&mut *input).map_err(|error| IngestError::Broken {
        place: Place::file(name),
        message: format!("not an Excel workbook (.xlsx): {error}"),
    })?;
    let mut total = 0;
    for position in 0..archive.len() {
        let member = archive
            .by_index(position)
            .map_err(|error| IngestError::Broken {
                place: Place::file(name),
                message: format!("the workbook cannot be read: {error}"),
            })?;
        let left = UNPACKED_BYTES_MAX - total;
        let count = std::io::copy(&mut member.take(left + 1), &mut std::io::sink())
            .map_err(|error| read_failed(name, 1, error))?;
        if count > left {
            return Err(IngestError::Limit {
                place: Place::file(name),
                what: "the unpacked size of a workbook in bytes",
                limit: UNPACKED_BYTES_MAX,
            });
        }
        total += count;
    }
    input
        .seek(SeekFrom::Start(0))
        .map_err(|error| read_failed(name, 1, error))?;
    Ok(())
}

/// A row while its cells come by.
#[derive(Default)]
struct Row {
    number: u32,
    cells: Vec<(u32, String)>,
    trouble: Option<String>,
}

fn read_sheet<R: Read + Seek>(
    workbook: &mut Xlsx<R>,
    name: &str,
    sheet: &str,
    intake: &mut Intake<'_>,
) -> Result<(), IngestError> {
    intake.begin_file(&format!("{name}!{sheet}"))?;
    let mut cells = match workbook.worksheet_cells_reader(sheet) {
        Ok(cells) => cells,
        // A sheet of charts.
        Err(XlsxError::NotAWorksheet(_)) => return Ok(()),
        Err(error) => return Err(broken(name, &error)),
    };
    let mut header: Option<Vec<u32>> = None;
    let mut row = Row::default();
    loop {
        let cell = cells.next_cell().map_err(|error| broken(name, &error))?;
        let place = cell.as_ref().map(|cell| cell.get_position());
        if place.is_none_or(|(number, _)| number != row.number) && !row.cells.is_empty() {
            let whole = std::mem::take(&mut row);
            match &header {
                None => header = Some(take_header(whole, name, sheet, intake)?),
                Some(columns) => give(&whole, columns, sheet, intake)?,
            }
        }
        let Some(cell) = cell else {
            return Ok(());
        };
        let (number, column) = cell.get_position();
        row.number = number;
        match text(cell.get_value()) {
            Ok(text) if text.is_empty() => {}
            Ok(text) => row.cells.push((column, text)),
            Err(reason) => {
                row.trouble
                    .get_or_insert(format!("column {}: {reason}", column + 1));
                // The row must be seen, though it has nothing to give.
                row.cells.push((column, String::new()));
            }
        }
        if row.cells.len() > COLUMNS_MAX {
            return Err(IngestError::Limit {
                place: Place::line(name, number + 1),
                what: "the number of columns",
                limit: COLUMNS_MAX as u64,
            });
        }
    }
}

fn take_header(
    row: Row,
    name: &str,
    sheet: &str,
    intake: &mut Intake<'_>,
) -> Result<Vec<u32>, IngestError> {
    if let Some(trouble) = row.trouble {
        return Err(IngestError::Broken {
            place: Place::line(name, row.number + 1),
            message: format!("the header of the sheet `{sheet}` cannot be read: {trouble}"),
        });
    }
    let (columns, names): (Vec<u32>, Vec<String>) = row.cells.into_iter().unzip();
    let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
    intake.header_of(sheet, &names)?;
    Ok(columns)
}

fn give(
    row: &Row,
    columns: &[u32],
    sheet: &str,
    intake: &mut Intake<'_>,
) -> Result<(), IngestError> {
    let line = row.number.saturating_add(1);
    if let Some(trouble) = &row.trouble {
        intake.unreadable(line, "", trouble.clone());
        return Ok(());
    }
    if row
        .cells
        .iter()
        .any(|(column, _)| !columns.contains(column))
    {
        let reason = "a cell stands in a column that has no heading".to_owned();
        intake.unreadable(line, "", reason);
        return Ok(());
    }
    let mut record = StringRecord::new();
    for column in columns {
        let cell = row.cells.iter().find(|(one, _)| one == column);
        record.push_field(cell.map_or("", |(_, text)| text));
    }
    intake.record(&Record {
        line,
        kinds: &[sheet],
        body: Body::Row(&record),
    })
}

fn text(value: &DataRef<'_>) -> Result<String, String> {
    match Data::from(value.clone()) {
        Data::Int(number) => Ok(number.to_string()),
        Data::Float(number) => Ok(number.to_string()),
        Data::String(text) => Ok(text),
        Data::Bool(flag) => Ok(flag.to_string()),
        Data::DateTime(time) if time.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
            let date = format!("{year:04}-{month:02}-{day:02}");
            if (hour, minute, second) == (0, 0, 0) {
                return Ok(date);
            }
            Ok(format!("{date}T{hour:02}:{minute:02}:{second:02}"))
        }
        Data::DateTime(time) => Ok(time.as_f64().to_string()),
        Data::DateTimeIso(text) | Data::DurationIso(text) => Ok(text),
        Data::Error(error) => Err(format!("the cell holds an error ({error})")),
        Data::Empty => Ok(String::new()),
    }
}

fn broken(name: &str, error: &XlsxError) -> IngestError {
    IngestError::Broken {
        place: Place::file(name),
        message: format!("the workbook cannot be read: {error}"),
    }
}
