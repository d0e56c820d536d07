// What is played where an estimate came too late.
import { InputError } from './shared/errors.ts';
import { MISSED_POLICIES, type MissedPolicy } from './shared/protocol.ts';

/** Throws InputError unless it is one. */
export function checkMissedPolicy(policy: MissedPolicy): MissedPolicy {
  if (MISSED_POLICIES.includes(policy)) return policy;
  throw new InputError('what is played instead cannot be used', {
    where: 'missedPolicy',
    expected: MISSED_POLICIES.map((name) => `'${name}'`).join(', '),
    got: String(policy),
  });
}
