use super::*;

const DOCUMENT: &[u8] = br#"{"flags":[{"key":"shared"}]}"#;

type Log = Arc<Mutex<Vec<String>>>;

fn join_as(name: &str, interval: u64, contexts: &[&str]) -> (SharedCache, Log) {
    let log = Log::default();
    let noted = Arc::clone(&log);
    let options = CompileOptions {
        source: DocumentSource::Cache,
        evaluation_contexts: contexts.iter().map(ToString::to_string).collect(),
        semantics: Default::default(),
    };
    let seconds = Duration::from_secs;
    let cache = SharedCache::join(
        name.as_bytes(),
        options,
        Some(seconds(interval)),
        seconds(5),
        move |news| noted.lock().push(format!("{news:?}")),
    );
    (cache, log)
}

fn join(name: &str) -> SharedCache {
    join_as(name, 30, &[]).0
}

async fn store(leader: &SharedCache, document: &[u8]) {
    assert_eq!(leader.should_fetch_flag_definitions().await, Ok(true));
    leader
        .on_flag_definitions_received(document.to_vec(), None)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_first_leads_and_the_others_take_what_it_got() {
    let [leader, follower] = [join("first"), join("first")];
    store(&leader, DOCUMENT).await;
    assert_eq!(follower.should_fetch_flag_definitions().await, Ok(false));
    follower.changed().await;
    let Ok(Cached::Document { document, .. }) = follower.get_flag_definitions(None).await else {
        panic!("nobody has compiled it");
    };
    assert_eq!(document, DOCUMENT);
    let held = Some(digest_of(DOCUMENT));
    assert_eq!(follower.get_flag_definitions(held).await, Ok(Cached::Held));
    assert!(leader.confirm().await);
    assert!(!follower.confirm().await);
}

#[tokio::test]
async fn who_joins_finds_the_definitions_at_once_for_its_own_contexts() {
    let leader = join("contexts");
    store(&leader, DOCUMENT).await;
    let (late, _) = join_as("contexts", 30, &["web"]);
    let (definitions, _) = late.first().unwrap();
    assert_eq!(definitions.flags.len(), 1);
    let (same, _) = join_as("contexts", 30, &["web"]);
    assert!(Arc::ptr_eq(&definitions, &same.first().unwrap().0));
    assert!(join("other contexts").first().is_none());
    // What was read first is known to the first load.
    assert_eq!(same.get_flag_definitions(None).await, Ok(Cached::Held));
}

#[tokio::test]
async fn a_follower_without_definitions_waits_until_the_leader_has_some_has_failed_or_is_gone() {
    for what in ["stores", "fails", "leaves"] {
        let [leader, follower] = [join(what), join(what)];
        assert_eq!(leader.should_fetch_flag_definitions().await, Ok(true));
        let waiting = async {
            let decision = follower.should_fetch_flag_definitions().await;
            (decision, follower.get_flag_definitions(None).await)
        };
        let acting = async {
            tokio::task::yield_now().await;
            match what {
                "stores" => store(&leader, DOCUMENT).await,
                "fails" => leader.load_ended(),
                _ => leader.release(),
            }
        };
        let ((decision, read), ()) = tokio::join!(waiting, acting);
        assert_eq!(decision, Ok(what == "leaves"), "{what}");
        assert_eq!(read != Ok(Cached::Nothing), what == "stores", "{what}");
    }
}

#[tokio::test]
async fn the_lead_goes_to_another_when_the_leader_leaves_and_to_who_polls_more_often() {
    let [leader, follower] = [join("lead"), join("lead")];
    store(&leader, DOCUMENT).await;
    assert_eq!(follower.should_fetch_flag_definitions().await, Ok(false));
    drop(leader);
    assert_eq!(follower.should_fetch_flag_definitions().await, Ok(true));
    let (eager, log) = join_as("lead", 10, &[]);
    assert_eq!(eager.should_fetch_flag_definitions().await, Ok(true));
    assert_eq!(follower.should_fetch_flag_definitions().await, Ok(false));
    assert_eq!(*log.lock(), ["Role { leads: Some(true) }"]);
    // What the former leader still gets does not count.
    let late = follower.on_flag_definitions_received(b"late".to_vec(), None);
    late.await.unwrap();
    let held = Some(digest_of(DOCUMENT));
    assert_eq!(eager.get_flag_definitions(held).await, Ok(Cached::Held));
}

#[tokio::test]
async fn errors_of_the_leader_are_those_of_all_and_so_is_the_end_of_the_quota() {
    let (leader, own) = join_as("errors", 30, &[]);
    let (follower, log) = join_as("errors", 30, &[]);
    store(&leader, DOCUMENT).await;
    assert_eq!(follower.should_fetch_flag_definitions().await, Ok(false));
    let held = Some(digest_of(DOCUMENT));
    follower.pass_on(&News::Error("of the follower".into()));
    leader.pass_on(&News::ClientError("refused".into()));
    leader.pass_on(&News::NotModified);
    leader.pass_on(&News::QuotaExceeded);
    assert_eq!(
        *log.lock(),
        [
            "Role { leads: Some(false) }",
            "ClientError(\"refused\")",
            "QuotaExceeded"
        ]
    );
    assert_eq!(*own.lock(), ["Role { leads: Some(true) }"]);
    assert_eq!(
        follower.get_flag_definitions(held).await,
        Ok(Cached::Nothing)
    );
}

#[tokio::test]
async fn a_room_stays_for_a_while_after_the_last_has_left_it() {
    let leader = join("lingers");
    store(&leader, DOCUMENT).await;
    leader.release();
    let room = leader.room();
    drop(leader);
    let next = join("lingers");
    assert!(next.first().is_some());
    close(&room, 1);
    assert!(join("lingers").first().is_some(), "somebody is there");
    drop(next);
    let departures = room.state.lock().departures;
    close(&room, departures);
    assert!(join("lingers").first().is_none());
}

#[tokio::test]
async fn who_comes_back_finds_the_room_in_which_the_others_are() {
    let resting = join("comes back");
    store(&resting, DOCUMENT).await;
    resting.release();
    let departures = resting.room().state.lock().departures;
    close(&resting.room(), departures);
    let other = join("comes back");
    store(&other, DOCUMENT).await;
    assert_eq!(resting.should_fetch_flag_definitions().await, Ok(false));
    assert_eq!(other.room().state.lock().members.len(), 2);
}

#[test]
fn a_leader_that_gives_no_sign_is_silent() {
    let seen = |seconds| Leader {
        id: 1,
        interval: Duration::from_secs(10),
        seen_at: Instant::now() - Duration::from_secs(seconds),
    };
    assert!(!seen(50).is_silent());
    assert!(seen(61).is_silent());
}
