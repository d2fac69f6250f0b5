//! Things that depend on each other, in an order in which each comes after what it needs; and the cycles
//! that allow no order.

/// An order, and what goes round in circles.
pub(super) struct Order {
    /// Each thing once, after what it needs as far as that is possible.
    pub(super) order: Vec<usize>,
    /// Cycles, none a part of another: each thing needs the next, and the last one the first.
    pub(super) cycles: Vec<Vec<usize>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// On the path that is being followed, at this place.
    Open(usize),
    Done,
}

/// The order of things of which each needs those that `needs` lists. No recursion: paths may be long.
pub(super) fn order(needs: &[Vec<usize>]) -> Order {
    let mut states = vec![State::New; needs.len()];
    let mut in_cycle = vec![false; needs.len()];
    let mut found = Order { order: Vec::with_capacity(needs.len()), cycles: Vec::new() };
    for start in 0..needs.len() {
        if states[start] != State::New {
            continue;
        }
        // The path, with the place among its needs where each thing on it goes on.
        let mut path = vec![(start, 0)];
        states[start] = State::Open(0);
        while let Some((thing, next)) = path.last_mut() {
            let (thing, need) = (*thing, needs[*thing].get(*next).copied());
            *next += 1;
            match need.map(|need| (need, states[need])) {
                None => {
                    states[thing] = State::Done;
                    found.order.push(thing);
                    path.pop();
                }
                Some((need, State::New)) => {
                    states[need] = State::Open(path.len());
                    path.push((need, 0));
                }
                // Of many cycles through one thing the first is enough.
                Some((_, State::Open(place))) if !in_cycle[thing] => {
                    let cycle: Vec<_> = path[place..].iter().map(|(thing, _)| *thing).collect();
                    for thing in &cycle {
                        in_cycle[*thing] = true;
                    }
                    found.cycles.push(cycle);
                }
                Some((_, State::Open(_) | State::Done)) => {}
            }
        }
    }
    found
}

/// A cycle in words: `A` → `B` → `A`. Long ones are cut.
pub(super) fn words(cycle: &[&str]) -> String {
    let shown: Vec<_> = cycle.iter().take(12).map(|name| format!("`{name}`")).collect();
    let more = if shown.len() < cycle.len() { " → …" } else { "" };
    format!("{}{more} → `{}`", shown.join(" → "), cycle.first().unwrap_or(&""))
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn what_is_needed_comes_first() {
        let found = order(&[vec![1, 2], vec![2], vec![]]);
        assert_eq!(found.order, [2, 1, 0]);
        assert!(found.cycles.is_empty());
    }

    #[test]
    fn cycles_are_found_once() {
        let found = order(&[vec![1], vec![2], vec![0, 1], vec![3]]);
        assert_eq!(found.cycles, [vec![0, 1, 2], vec![3]]);
        assert_eq!(found.order.len(), 4);
    }

    #[test]
    fn a_long_chain_is_no_deep_recursion() {
        let needs: Vec<_> = (0..200_000).map(|thing| if thing < 199_999 { vec![thing + 1] } else { vec![] }).collect();
        assert_eq!(order(&needs).order.first(), Some(&199_999));
    }
}
