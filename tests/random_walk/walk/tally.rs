//! What a walk has done, counted.

/// What was done.
#[derive(Debug, Default)]
pub struct Tally {
    pub operations: u64,
    pub deaths: u64,
    pub deaths_in_recover: u64,
    pub errors: u64,
    pub checks: u64,
    pub restores: u64,
    pub restores_of_two: u64,
    pub hands: u64,
    pub hands_while_open: u64,
    pub imports_of_another_hands: u64,
    pub in_the_way: u64,
    pub late_answers: u64,
    pub prunes: u64,
    pub pruned: u64,
    pub holds: u64,
}

impl Tally {
    pub fn plus(self, other: Tally) -> Tally {
        Tally {
            operations: self.operations + other.operations,
            deaths: self.deaths + other.deaths,
            deaths_in_recover: self.deaths_in_recover + other.deaths_in_recover,
            errors: self.errors + other.errors,
            checks: self.checks + other.checks,
            restores: self.restores + other.restores,
            restores_of_two: self.restores_of_two + other.restores_of_two,
            hands: self.hands + other.hands,
            hands_while_open: self.hands_while_open + other.hands_while_open,
            imports_of_another_hands: self.imports_of_another_hands + other.imports_of_another_hands,
            in_the_way: self.in_the_way + other.in_the_way,
            late_answers: self.late_answers + other.late_answers,
            prunes: self.prunes + other.prunes,
            pruned: self.pruned + other.pruned,
            holds: self.holds + other.holds,
        }
    }
}
