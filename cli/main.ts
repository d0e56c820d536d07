// The command line: `crossmamba-web extract` and `crossmamba-web evaluate`.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { CrossMambaError } from '../src/shared/errors.ts';
import { BACKEND_CHOICES } from '../src/shared/protocol.ts';
import { evaluateCommand } from './evaluate-command.ts';
import { extractCommand } from './extract-command.ts';
import { DEFAULT_MODEL, PACKAGE_FOLDER } from './package-folder.ts';

const FAILURE = 1;
const USAGE = 2;

function createProgram(): Command {
  const { version, description } = JSON.parse(
    readFileSync(path.join(PACKAGE_FOLDER, 'package.json'), 'utf8'),
  );
  const program = new Command('crossmamba-web').description(description).version(version).exitOverride();
  shared(
    program
      .command('extract')
      .description('keep only the enrolled voice of a mixture: same rate, same length, aligned')
      .requiredOption('--mixture <file>', 'WAV, any channels, 8 to 192 kHz')
      .requiredOption(
        '--enrollment <files...>',
        'WAV: a few seconds of the wanted voice alone; several takes are better',
      )
      .requiredOption('--out <file>', 'WAV to write the estimate to')
      .option('--no-hear-first', 'what the live stream would have played: do not hear the first 15 s before'),
  ).action(extractCommand);
  shared(
    program
      .command('evaluate')
      .description('score the engine on a folder of test cases')
      .requiredOption('--cases <folder>', 'manifest.csv and <id>.{mixture,target,enrollment}.wav')
      .option(
        '--kind <names...>',
        'only cases of these kinds; conversation, endurance, start and gain are streams (docs/evaluation.md)',
      )
      .option('--takes <n>', 'use so many enrollments of a case at most (<id>.enrollment-2.wav …)', positive)
      .option('--out <folder>', 'keep every estimate as <id>.estimate.wav')
      .option(
        '--hear-first',
        'hear the first 15 s of a mixture before, as extract does and nothing live can',
        false,
      ),
  ).action(evaluateCommand);
  return program;
}

function shared(command: Command): Command {
  return command
    .option('--model <folder>', 'config.json and model.safetensors', DEFAULT_MODEL)
    .addOption(
      new Option('--backend <name>', 'auto measures WebGPU and WebAssembly and takes the faster')
        .choices(BACKEND_CHOICES)
        .default('wasm'),
    )
    .option('--no-adaptation', 'follow the enrollment alone, whatever is heard')
    .option('--json', 'print one JSON object and nothing else');
}

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function positive(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('Expected 1, 2, 3 ….');
}

/** Tells an error on standard error; returns the exit code. */
function report(error: unknown): number {
  // Commander has told its own.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
  if (error instanceof CrossMambaError) console.error(`${error.name}: ${error.message}`);
  else console.error(error);
  return FAILURE;
}
