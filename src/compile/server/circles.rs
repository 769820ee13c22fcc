//! What refers to each other: flags in a circle, and cohorts that contain cohorts.

/// An order in which everything comes after all that it refers to, and what is left out of it: that leads into a circle.
/// `references` has what each refers to.
pub fn order(references: &[Vec<usize>]) -> Vec<usize> {
    let mut waits: Vec<_> = references.iter().map(Vec::len).collect();
    let mut asked_by: Vec<Vec<usize>> = vec![Vec::new(); references.len()];
    for (index, on) in references.iter().enumerate() {
        for other in on {
            asked_by[*other].push(index);
        }
    }
    let mut order: Vec<_> = (0..waits.len())
        .filter(|index| waits[*index] == 0)
        .collect();
    let mut next = 0;
    while let Some(settled) = order.get(next).copied() {
        next += 1;
        for other in &asked_by[settled] {
            waits[*other] -= 1;
            if waits[*other] == 0 {
                order.push(*other);
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::order;

    #[test]
    fn what_leads_into_a_circle_has_no_place() {
        assert_eq!(order(&[]), [0; 0]);
        assert_eq!(order(&[vec![1], vec![]]), [1, 0]);
        assert_eq!(order(&[vec![0]]), [0; 0]);
        assert_eq!(
            order(&[vec![1], vec![2], vec![1], vec![], vec![3, 3]]),
            [3, 4]
        );
    }

    #[test]
    fn a_long_row_is_no_matter_of_the_stack() {
        let row: Vec<_> = (0..200_000)
            .map(|index| vec![index + 1])
            .chain([vec![]])
            .collect();
        assert_eq!(order(&row).len(), row.len());
    }
}
