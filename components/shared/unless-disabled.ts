// What is out of use for a while is `aria-disabled`, not `disabled`: the keyboard stays on it.

/** A listener that acts unless its control is `aria-disabled`. */
export function unlessDisabled(act: () => unknown): (event: Event) => void {
  return ({ currentTarget }) => {
    if ((currentTarget as Element).ariaDisabled !== 'true') act();
  };
}
