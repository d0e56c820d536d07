// Types of plugins.js, for the tests that bundle as the builds do.
import type { Plugin } from 'esbuild';

export const textModulesForEsbuild: Plugin;
