import js from "@eslint/js";
import tseslint from "typescript-eslint";

// One clock and one source of randomness per program (architecture, rule 4): everything else receives them.
const ambientTimeAndChance = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: "Take the time from a Clock.",
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: "Take the time from a Clock.",
  },
  {
    selector: "CallExpression[callee.object.name='performance'][callee.property.name='now']",
    message: "Take the time from a Clock.",
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: "Take randomness from a Random.",
  },
];

const adaptersOfTimeAndChance = [
  "operator/src/adapters/node/*.ts",
  "speaker-agent/src/adapters/node/*.ts",
  "crds/client/src/clock.ts",
];

export default tseslint.config(
  { ignores: ["dist/", ".cache/", "**/node_modules/", "**/generated/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: [
          "crds/*/tsconfig.json",
          "crds/*/tsconfig.test.json",
          "operator/tsconfig.json",
          "operator/tsconfig.test.json",
          "operator/src/core/tsconfig.json",
          "speaker-agent/tsconfig.json",
          "speaker-agent/tsconfig.test.json",
          "speaker-agent/src/core/tsconfig.json",
          "e2e/tsconfig.json",
          "images/tsconfig.json",
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "no-restricted-syntax": ["error", ...ambientTimeAndChance],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "@typescript-eslint/require-await": "off",
      "max-lines-per-function": ["error", { max: 70, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
    },
  },
  {
    files: ["**/*.test.ts", "**/*.contract.ts", "**/testing/**/*.ts"],
    rules: { "max-lines-per-function": "off" },
  },
  { files: adaptersOfTimeAndChance, rules: { "no-restricted-syntax": "off" } },
  { files: ["e2e/**/*.ts"], rules: { "no-console": "off" } },
  {
    files: ["**/*.mjs"],
    languageOptions: {
      globals: {
        process: "readonly",
        console: "readonly",
        URL: "readonly",
        Buffer: "readonly",
        performance: "readonly",
        setTimeout: "readonly",
        clearTimeout: "readonly",
      },
    },
  },
);
