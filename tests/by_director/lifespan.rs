//! A restore by the Director lets the lifespan of its snapshot begin anew.

use crate::scene::Scene;

#[test]
fn the_lifespan_of_a_snapshot_that_was_restored_begins_anew() {
    let scene = Scene::damaged();
    let connection = rusqlite::Connection::open(scene.director.sandbox.state()).unwrap();
    let (set, get) = (
        "UPDATE snapshots SET lifespan = 86400, expires_at = 1 WHERE cid = ?1",
        "SELECT expires_at FROM snapshots WHERE cid = ?1",
    );
    connection.execute(set, [&scene.cid]).unwrap();
    scene.restore().quiet_success();
    let expires: i64 = connection.query_row(get, [&scene.cid], |row| row.get(0)).unwrap();
    assert!(expires > 86_400_000, "{expires}");
    scene.check("a lifespan that begins anew");
}
