use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::model::mutate::mutated;

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
            known_at: None,
            policy: "0123".to_owned(),
            revision: 7,
            traceparent: None,
            outcome: Outcome::Answered,
            request: None,
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
fn a_line_that_is_put_together_is_the_line_itself() {
    let review = ReviewRecord {
        principal: "fg\"\n".to_owned(),
        question: serde_json::json!({ "who": "{}" }),
        outcome: Outcome::Answered,
    };
    let login = LoginRecord {
        event: LoginEvent::Failed,
        way: LoginWay::Basic,
        principal: None,
        peer: None,
    };
    let mut entries = read_record("a", "node").entries();
    entries.extend([review.into(), login.into()]);
    for entry in entries {
        let line = record::Line {
            n: 12,
            time: jiff::Timestamp::from_second(1_700_000_000).unwrap(),
            trace: "0f".repeat(16),
            entry,
        };
        let entry = record::EntryText::of(&line.entry).unwrap();
        let mut text = String::new();
        entry.add_line(&mut text, line.n, &line.time.to_string(), &line.trace);
        assert_eq!(text, serde_json::to_string(&line).unwrap());
        assert_eq!(serde_json::from_str::<record::Line>(&text).unwrap(), line);
    }
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

/// Signs when the log is closed.
fn signing(key: &[u8], copies: Option<&Path>) -> Signing {
    Signing {
        signer: Signer::new(key, "log").unwrap(),
        every: std::time::Duration::from_secs(3_600),
        copies: copies.map(Path::to_owned),
    }
}

/// Writes reads into a signed log and returns what was signed when it was closed.
fn written_signed(directory: &Path, key: &[u8], count: u8) -> String {
    let log = AuditLog::open_signed(directory, signing(key, None)).unwrap();
    for number in 0..count {
        let receipt = log.record(read_record("a", &number.to_string()));
        receipt.durable_blocking().unwrap();
    }
    drop(log);
    fs::read_to_string(directory.join(CHECKPOINT_FILE)).unwrap()
}

#[test]
fn a_log_signs_where_it_stands_and_goes_on_from_there() {
    let directory = tempfile::tempdir().unwrap();
    let key = Signer::new_key().unwrap();
    let verifier = Signer::new(&key, "log").unwrap().public();
    let notes: Vec<Standing> = (1..4)
        .map(|count| {
            let note = written_signed(directory.path(), &key, count);
            verifier.open(&note).unwrap()
        })
        .collect();
    let sizes: Vec<u64> = notes.iter().map(|standing| standing.chain.n).collect();
    assert_eq!(sizes, [2, 6, 12]);
    let verified = verify_signed(directory.path(), &[], &notes).unwrap();
    assert_eq!(verified.end, notes[2].chain);
}

#[test]
fn opening_reads_what_follows_the_last_checkpoint_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let key = Signer::new_key().unwrap();
    written_signed(directory.path(), &key, 5);
    let path = file(directory.path());
    let mut bytes = fs::read(&path).unwrap();
    // A letter of the first record, long before the checkpoint: opening does not look there, checking does.
    bytes[80] ^= 1;
    fs::write(&path, &bytes).unwrap();
    written_signed(directory.path(), &key, 1);
    assert!(matches!(
        verify(directory.path(), &[]),
        Err(AuditError::Broken { line: 1, .. })
    ));
}

#[test]
fn a_log_that_ends_before_its_own_checkpoint_is_not_opened() {
    let key = Signer::new_key().unwrap();
    for kept in [0, 1, 5] {
        let directory = tempfile::tempdir().unwrap();
        written_signed(directory.path(), &key, 3);
        let path = file(directory.path());
        let text = fs::read_to_string(&path).unwrap();
        let shorter: String = text.split_inclusive('\n').take(kept).collect();
        fs::write(&path, shorter).unwrap();
        let refused = AuditLog::open_signed(directory.path(), signing(&key, None)).unwrap_err();
        assert!(refused.to_string().contains("cut off"), "{kept}: {refused}");
        fs::remove_file(&path).unwrap();
        assert!(AuditLog::open_signed(directory.path(), signing(&key, None)).is_err());
    }
}

#[test]
fn a_log_is_not_written_on_under_another_key() {
    let directory = tempfile::tempdir().unwrap();
    written_signed(directory.path(), &Signer::new_key().unwrap(), 2);
    let other = signing(&Signer::new_key().unwrap(), None);
    let refused = AuditLog::open_signed(directory.path(), other).unwrap_err();
    assert!(
        refused.to_string().contains("put back the key"),
        "{refused}"
    );
}

#[test]
fn copies_of_checkpoints_find_a_log_that_was_rewritten_whole() {
    let [directory, copies, forged] = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let key = Signer::new_key().unwrap();
    let log = AuditLog::open_signed(directory.path(), signing(&key, Some(copies.path()))).unwrap();
    log.record(read_record("a", "one"))
        .durable_blocking()
        .unwrap();
    drop(log);
    let copy = fs::read_to_string(copies.path().join("000000000000002.checkpoint")).unwrap();
    let standing = Signer::new(&key, "log")
        .unwrap()
        .public()
        .open(&copy)
        .unwrap();
    // Who has log and key writes another that is whole in itself.
    written_signed(forged.path(), &key, 4);
    assert!(verify(forged.path(), &[]).is_ok());
    let found = verify_signed(forged.path(), &[], std::slice::from_ref(&standing)).unwrap_err();
    assert!(found.to_string().contains("rewritten"), "{found}");
    assert!(verify_signed(directory.path(), &[], &[standing]).is_ok());
}

#[test]
fn proofs_hold_against_signed_checkpoints_and_against_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let key = Signer::new_key().unwrap();
    let verifier = Signer::new(&key, "log").unwrap().public();
    let [early, late] = [3, 4].map(|count| {
        let note = written_signed(directory.path(), &key, count);
        verifier.open(&note).unwrap().tree()
    });
    for n in 1..=late.size {
        let proof = prove_inclusion(directory.path(), n, late.size).unwrap();
        let handed: Proof = serde_json::from_str(&serde_json::to_string(&proof).unwrap()).unwrap();
        assert_eq!(handed.check(&[early, late]), Ok(()));
        assert_eq!(
            handed.check(&[early]),
            Err(ProofError::NoCheckpoint(late.size))
        );
        let Proof::Inclusion { record, .. } = &proof else {
            unreachable!()
        };
        let changed = record.replace("\"a\"", "\"b\"").replace("shown", "hidden");
        let forged = serde_json::to_string(&proof).unwrap();
        let forged = forged.replace(
            &serde_json::to_string(record).unwrap(),
            &serde_json::to_string(&changed).unwrap(),
        );
        let forged: Proof = serde_json::from_str(&forged).unwrap();
        assert_eq!(forged.check(&[late]), Err(ProofError::Wrong), "{record}");
    }
    let proof = prove_consistency(directory.path(), early.size, late.size).unwrap();
    assert_eq!(proof.check(&[early, late]), Ok(()));
    let other = merkle::Tree {
        root: merkle::leaf("another"),
        ..early
    };
    assert_eq!(proof.check(&[other, late]), Err(ProofError::Wrong));
    assert!(prove_inclusion(directory.path(), late.size + 1, late.size).is_err());
    assert!(prove_inclusion(directory.path(), 1, late.size + 1).is_err());
}

#[test]
fn odd_look_ups_are_found_and_ordinary_ones_are_not() {
    let directory = tempfile::tempdir().unwrap();
    let log = AuditLog::open(directory.path()).unwrap();
    let asked = |principal: &str, node: &str| {
        let mut record = read_record(principal, node);
        record.decision.request =
            Some(serde_json::json!({ "path": format!("/v1/dossiers/{node}") }));
        log.record(record).durable_blocking().unwrap();
    };
    for number in 0..25 {
        asked("fisher", &format!("person-{number}"));
        // Reading one dossier again and again is not fishing.
        asked("worker", "person-1");
    }
    asked("worker", "own-street");
    asked("other", "own-street");
    let own = Own::from([("worker".to_owned(), ["own-street".to_owned()].into())]);
    let told: Vec<(String, &str)> = odd(directory.path(), &own, OddityLimits::default(), None)
        .unwrap()
        .into_iter()
        .map(|oddity| match oddity {
            Oddity::Own { principal, .. } => (principal, "own"),
            Oddity::Many {
                principal, nodes, ..
            } => {
                assert_eq!(nodes, 21);
                (principal, "many")
            }
        })
        .collect();
    let expected = [("fisher".to_owned(), "many"), ("worker".to_owned(), "own")];
    assert_eq!(told, expected);
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

#[test]
fn no_mutated_log_checkpoint_or_proof_panics() {
    let directory = tempfile::tempdir().unwrap();
    let end = written(directory.path(), 2).to_string();
    let whole = fs::read(file(directory.path())).unwrap();
    mutated("log", &[&whole], |bytes| {
        fs::write(file(directory.path()), bytes).unwrap();
        let _ = verify(directory.path(), &[]);
    });
    let key = Signer::new_key().unwrap();
    let verifier = Signer::new(&key, "log").unwrap().public();
    let note = format!("log\n2\n{}\n\n\u{2014} log AAAA\n", "A".repeat(44));
    let trace = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".as_slice();
    let public = verifier.to_string();
    let proof = br#"{"kind":"inclusion","record":1,"line":"x","path":["00"]}"#.as_slice();
    mutated(
        "checkpoint",
        &[
            end.as_bytes(),
            note.as_bytes(),
            trace,
            public.as_bytes(),
            proof,
        ],
        |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let _ = text.parse::<Checkpoint>();
            let _ = text.parse::<Verifier>();
            let _ = text.parse::<TraceParent>();
            let _ = verifier.open(&text);
            let _ = serde_json::from_str::<Proof>(&text);
        },
    );
}
