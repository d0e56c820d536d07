// Where this package lies: one folder above both its sources and its bundle, wherever the command is called from.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const PACKAGE_FOLDER = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const DEFAULT_MODEL = path.join(PACKAGE_FOLDER, 'public/models/speaker-base');
