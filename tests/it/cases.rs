//! Purposes that need a case, over the real program: nothing is read without one, nothing outside of its scope, nothing
//! after it.

use serde_json::{Value, json};

use crate::town::{agent, login, reply, start};

struct Asked {
    status: u16,
    body: Value,
}

fn ask(base: &str, user: &str, path: &str, body: Option<Value>) -> Asked {
    let address = format!("{base}{path}");
    let response = match body {
        Some(body) => agent()
            .post(&address)
            .header("authorization", login(user))
            .send_json(&body),
        None => agent()
            .get(&address)
            .header("authorization", login(user))
            .call(),
    };
    let reply = reply(response.unwrap());
    Asked {
        status: reply.status,
        body: reply.json(),
    }
}

#[test]
fn a_purpose_that_needs_a_case_reads_its_scope_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let (_server, base) = start(directory.path(), 200);
    let ask = |user: &str, path: &str, body| ask(&base, user, path, body);
    let cases = ask("politie", "/v1/cases?purpose=opsporing", None);
    let case = cases.body["cases"][0]["id"].as_str().unwrap().to_owned();
    let shown = ask(
        "politie",
        &format!("/v1/cases/{case}?purpose=opsporing"),
        None,
    );
    let door = shown.body["nodes"][0]["id"].as_str().unwrap().to_owned();

    // Without a case nothing is read.
    let node = format!("/v1/nodes/{door}?purpose=opsporing");
    let without = ask("politie", &node, None);
    assert_eq!(
        (without.status, without.body["code"].as_str()),
        (400, Some("case-missing"))
    );

    // Under it the door is there, and what lies elsewhere is not: not when named, nor when searched for.
    let under = format!("purpose=opsporing&case={case}");
    assert_eq!(
        ask("politie", &format!("/v1/nodes/{door}?{under}"), None).status,
        200
    );
    let other = json!({ "text": "Havenstraat 1", "label": "Address" });
    let everywhere = ask(
        "inspecteur",
        "/v1/nodes/_zoek?purpose=woonfraude",
        Some(other.clone()),
    );
    let within = ask("politie", &format!("/v1/nodes/_zoek?{under}"), Some(other));
    let names = |page: &Value| -> Vec<String> {
        let hits = page["hits"].as_array().unwrap().iter();
        hits.map(|hit| hit["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert!(names(&everywhere.body).len() > 1);
    assert_eq!(names(&within.body), ["Havenstraat 12"]);
    let elsewhere = everywhere.body["hits"].as_array().unwrap();
    let elsewhere = elsewhere.iter().find(|hit| hit["name"] == "Havenstraat 1");
    let elsewhere = elsewhere.unwrap()["id"].as_str().unwrap();
    let outside = ask("politie", &format!("/v1/nodes/{elsewhere}?{under}"), None);
    let missing = ask("politie", &format!("/v1/nodes/0000000000000?{under}"), None);
    let same = outside.body.to_string().replace(elsewhere, "0000000000000");
    assert_eq!((outside.status, same), (404, missing.body.to_string()));

    // The case is there for nobody else.
    let theirs = format!("/v1/nodes/{door}?purpose=woonfraude&case={case}");
    let unknown = format!("/v1/nodes/{door}?purpose=woonfraude&case=0000000000000");
    let theirs = ask("inspecteur", &theirs, None);
    let unknown = ask("inspecteur", &unknown, None);
    assert_eq!(theirs.status, 404);
    assert_eq!(
        theirs.body.to_string().replace(&case, "0000000000000"),
        unknown.body.to_string()
    );

    // The dossier of the door says whether it was asked who else is busy.
    let dossier = format!("/v1/dossiers/{door}?{under}");
    let asked = |told: &Asked| told.body["deconfliction"]["answer"].clone();
    assert_eq!(asked(&ask("politie", &dossier, None)), "not-asked");
    let question = format!("/v1/cases/{case}/deconfliction?purpose=opsporing");
    let told = ask("politie", &question, Some(json!({ "node": door })));
    assert_eq!(told.body["answer"], "none-filed");
    assert_eq!(asked(&ask("politie", &dossier, None)), "none-filed");

    // After it nothing is there.
    let close = format!("/v1/cases/{case}/close?purpose=opsporing");
    assert_eq!(ask("politie", &close, Some(json!({}))).status, 200);
    assert_eq!(
        ask("politie", &format!("/v1/nodes/{door}?{under}"), None).status,
        404
    );
    let again = ask("politie", &question, Some(json!({ "node": door })));
    assert_eq!(again.body["code"], "case-over");
}
