use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;

fn read_record(principal: &str, node: &str) -> ReadRecord {
    ReadRecord {
        decision: Decision {
            principal: principal.to_owned(),
            department: "stad/wonen".to_owned(),
            purpose: Some("woonfraude".to_owned()),
            action: "dossier".to_owned(),
            case: None,
            note: None,
            as_of: "2026-01-01".to_owned(),
            policy: "0123".to_owned(),
            revision: 7,
            outcome: Outcome::Answered,
        },
        shown: Shown::from([("Person".to_owned(), [node.to_owned()].into())]),
    }
}

/// Writes reads of `a`, `b`, ... and returns where the log stands.
fn written(directory: &Path, count: u8) -> Checkpoint {
    let log = AuditLog::open(directory).unwrap();
    for number in 0..count {
        let principal = char::from(b'a' + number).to_string();
        let receipt = log.record(read_record(&principal, "node"));
        receipt.durable_blocking().unwrap();
    }
    drop(log);
    verify(directory, &[]).unwrap().end
}

fn file(directory: &Path) -> std::path::PathBuf {
    chain::segments(directory).unwrap().remove(0)
}

#[test]
fn a_log_that_is_opened_again_goes_on_where_it_stood() {
    let directory = tempfile::tempdir().unwrap();
    let first = written(directory.path(), 3);
    assert_eq!(first.n, 6);
    let second = written(directory.path(), 2);
    assert_eq!(second.n, 10);
    let kept = [Checkpoint::start(), first, second.clone()];
    assert_eq!(verify(directory.path(), &kept).unwrap().end, second);
}

#[test]
fn an_employee_stands_in_the_decision_and_not_in_the_processing() {
    let directory = tempfile::tempdir().unwrap();
    let log = AuditLog::open(directory.path()).unwrap();
    let receipt = log.record(read_record("geheim", "node"));
    receipt.durable_blocking().unwrap();
    let text = fs::read_to_string(file(directory.path())).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let &[decision, processing] = &lines[..] else {
        panic!("two lines, not {}", lines.len());
    };
    assert!(decision.contains("geheim") && !decision.contains("node"));
    assert!(processing.contains("node") && !processing.contains("geheim"));
}

#[test]
fn who_saw_a_node_and_what_a_user_did_are_found() {
    let directory = tempfile::tempdir().unwrap();
    let log = AuditLog::open(directory.path()).unwrap();
    for (principal, node) in [("a", "one"), ("b", "two"), ("a", "two")] {
        let receipt = log.record(read_record(principal, node));
        receipt.durable_blocking().unwrap();
    }
    let who = |question: Question| -> Vec<String> {
        let found = find(directory.path(), &question).unwrap();
        found
            .into_iter()
            .map(|read| read.decision.principal)
            .collect()
    };
    let node = |node: &str| Question {
        node: Some(node.to_owned()),
        ..Question::default()
    };
    assert_eq!(who(node("two")), ["b", "a"]);
    assert_eq!(who(node("three")), [""; 0]);
    let by = Question {
        principal: Some("a".to_owned()),
        ..Question::default()
    };
    assert_eq!(who(by), ["a", "a"]);
}

#[test]
fn a_second_writer_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let _log = AuditLog::open(directory.path()).unwrap();
    let refused = AuditLog::open(directory.path()).unwrap_err();
    assert!(refused.to_string().contains("another process"), "{refused}");
}

#[test]
fn an_unfinished_line_is_taken_away_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let end = written(directory.path(), 2);
    let path = file(directory.path());
    let whole = fs::read(&path).unwrap();
    let cut = [&whole[..], &whole[..40]].concat();
    fs::write(&path, cut).unwrap();
    assert!(verify(directory.path(), &[]).unwrap().unfinished);
    drop(AuditLog::open(directory.path()).unwrap());
    assert_eq!(fs::read(&path).unwrap(), whole);
    assert_eq!(verify(directory.path(), &[end]).unwrap().end.n, 4);
}

#[test]
fn records_cut_off_show_against_a_checkpoint_kept_elsewhere() {
    let directory = tempfile::tempdir().unwrap();
    let end = written(directory.path(), 3);
    let path = file(directory.path());
    let text = fs::read_to_string(&path).unwrap();
    let shorter: String = text.split_inclusive('\n').take(4).collect();
    fs::write(&path, shorter).unwrap();
    assert!(verify(directory.path(), &[]).is_ok());
    let found = verify(directory.path(), &[end]).unwrap_err();
    assert!(found.to_string().contains("cut off"), "{found}");
}

#[test]
fn a_log_written_anew_shows_against_a_checkpoint_kept_elsewhere() {
    let [one, other] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let end = written(one.path(), 2);
    written(other.path(), 2);
    let found = verify(other.path(), &[end]).unwrap_err();
    assert!(found.to_string().contains("rewritten"), "{found}");
}

#[test]
fn a_log_that_was_changed_is_not_written_on() {
    let directory = tempfile::tempdir().unwrap();
    written(directory.path(), 2);
    let path = file(directory.path());
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("woonfraude", "ondermijning")).unwrap();
    assert!(matches!(
        AuditLog::open(directory.path()),
        Err(AuditError::Broken { line: 1, .. })
    ));
}

#[test]
fn many_who_wait_are_all_recorded_and_in_one_chain() {
    let directory = tempfile::tempdir().unwrap();
    let log = AuditLog::open(directory.path()).unwrap();
    std::thread::scope(|scope| {
        for caller in 0..8 {
            let log = &log;
            scope.spawn(move || {
                for number in 0..25 {
                    let record = read_record(&format!("user-{caller}"), &format!("node-{number}"));
                    log.record(record).durable_blocking().unwrap();
                }
            });
        }
    });
    drop(log);
    assert_eq!(verify(directory.path(), &[]).unwrap().end.n, 8 * 25 * 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_line_can_be_changed_removed_repeated_or_moved(
        place in 0_usize..8,
        other in 0_usize..8,
        byte in any::<prop::sample::Index>(),
        bit in 0_u8..8,
        how in 0_usize..4,
    ) {
        let directory = tempfile::tempdir().unwrap();
        let end = written(directory.path(), 4);
        let path = file(directory.path());
        let mut lines: Vec<Vec<u8>> = fs::read(&path)
            .unwrap()
            .split_inclusive(|&byte| byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        let before = lines.clone();
        match how {
            0 => {
                let line = &mut lines[place];
                let at = byte.index(line.len());
                line[at] ^= 1 << bit;
            }
            1 => {
                lines.remove(place);
            }
            2 => lines.insert(other, lines[place].clone()),
            _ => lines.swap(place, other),
        }
        fs::write(&path, lines.concat()).unwrap();
        let found = verify(directory.path(), &[end]);
        prop_assert_eq!(found.is_ok(), lines == before);
    }
}
