//! A database transaction: what is changed in it is seen by itself alone, until it commits all or nothing. Clouds and
//! agents know no such thing: what they did stays done.

use crate::home::Home;
use crate::world::World;

type Change = Box<dyn Fn(&mut World)>;

pub struct Transaction {
    /// The database as this transaction sees it.
    pub seen: World,
    changes: Vec<Change>,
}

impl Transaction {
    pub fn begin(home: &Home) -> Self {
        Transaction { seen: home.read(), changes: Vec::new() }
    }

    pub fn change(&mut self, change: impl Fn(&mut World) + 'static) {
        change(&mut self.seen);
        self.changes.push(Box::new(change));
    }

    pub fn commit(self, home: &Home) {
        home.change(|world| self.changes.iter().for_each(|change| change(world)));
    }
}
