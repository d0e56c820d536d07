import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/.venv/', 'dist/', 'node_modules/', 'test-results/', 'public/', 'test/golden/'] },
  tseslint.configs.recommended,
  {
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  { files: ['scripts/**', 'cli/**', 'bench/**', '*.config.*'], rules: { 'no-console': 'off' } },
);
