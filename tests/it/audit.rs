//! The audit log of the real program: what was answered is in it, also after kill -9.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::town::{agent, login, reply, start, verband};

/// Runs `verband audit` on a log; what it printed, as JSON if it is.
fn audit(arguments: &[&str], log: &Path) -> (bool, Value) {
    let (command, rest) = arguments.split_first().unwrap();
    let output = verband()
        .args(["--json", "audit", command])
        .arg(log)
        .args(rest)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let value = serde_json::from_str(&text).unwrap_or_else(|_| json!(text.trim()));
    (output.status.success(), value)
}

fn get(base: &str, user: &str, path: &str) -> Option<u16> {
    let request = agent().get(format!("{base}{path}"));
    let response = request.header("authorization", login(user)).call().ok()?;
    // An answer counts once all of it is there.
    let mut response = response;
    response.body_mut().read_to_string().ok()?;
    Some(response.status().as_u16())
}

/// The process identifier of the server below the shell that was started.
fn server_below(shell: u32) -> String {
    let children = std::fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
    let mut children = children.split_whitespace();
    let is_server = |pid: &&str| {
        std::fs::read_to_string(format!("/proc/{pid}/comm"))
            .is_ok_and(|name| name.trim() == "verband")
    };
    children.find(is_server).unwrap().to_owned()
}

#[test]
fn no_answer_is_missing_from_the_log_after_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let (mut shell, base) = start(directory.path(), 300);
    let log = directory.path().join("audit");
    let search = agent()
        .post(format!("{base}/v1/nodes/_zoek?purpose=woonfraude"))
        .header("authorization", login("inspecteur"))
        .send_json(json!({ "text": "Havenstraat 12", "label": "Address" }));
    let hits = reply(search.unwrap()).json();
    let id = hits["hits"][0]["node"]["id"]
        .as_str()
        .or(hits["hits"][0]["id"].as_str());
    let id = id.unwrap().to_owned();

    let denied = get(&base, "zorg", &format!("/v1/nodes/{id}?purpose=woonfraude"));
    assert_eq!(denied, Some(403));
    let (_, checkpoint) = audit(&["checkpoint"], &log);
    let checkpoint = checkpoint.as_str().unwrap().to_owned();

    let answered = AtomicUsize::new(0);
    let callers = [
        ("inspecteur", "woonfraude"),
        ("analist", "ondermijning"),
        ("zorg", "zorg"),
    ];
    let counts: BTreeMap<&str, usize> = std::thread::scope(|scope| {
        let clients: Vec<_> = callers
            .iter()
            .flat_map(|caller| [caller, caller])
            .map(|&(user, purpose)| {
                let (base, id, answered) = (&base, &id, &answered);
                scope.spawn(move || {
                    let path = format!("/v1/nodes/{id}?purpose={purpose}");
                    let mut count = 0;
                    while let Some(200) = get(base, user, &path) {
                        count += 1;
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                    (user, count)
                })
            })
            .collect();
        while answered.load(Ordering::Relaxed) < 60 {
            std::thread::yield_now();
        }
        let killed = Command::new("kill")
            .args(["-9", &server_below(shell.id())])
            .status();
        assert!(killed.unwrap().success());
        let mut counts = BTreeMap::new();
        for (user, count) in clients.into_iter().map(|client| client.join().unwrap()) {
            *counts.entry(user).or_default() += count;
        }
        counts
    });
    drop(shell.stdin.take());
    shell.wait().unwrap();

    let (whole, told) = audit(&["verify", "--checkpoint", &checkpoint], &log);
    assert!(whole, "{told}");
    for (user, count) in counts {
        let (_, reads) = audit(&["reads", "--by", user, "--node", &id], &log);
        let reads = reads.as_array().unwrap();
        let nodes = reads
            .iter()
            .filter(|read| read["decision"]["action"] == "node");
        assert!(nodes.count() >= count, "{user} got {count} answers");
    }
    let (_, refused) = audit(&["reads", "--by", "zorg"], &log);
    let refused = refused.as_array().unwrap();
    let denials = refused
        .iter()
        .filter(|read| read["decision"]["outcome"] == "denied");
    assert_eq!(denials.count(), 1);
}
