// The few rules of docs/architecture.md that oxlint does not ship. Loaded by .oxlintrc.json; each has a seeded
// violation in test/rules/seeds.ts.

/** Words that say nothing: a thing so named has not been understood yet. */
const EMPTY_WORDS = [
  'Util',
  'Utils',
  'Helper',
  'Helpers',
  'Common',
  'Misc',
  'Manager',
  'Handler',
  'Service',
  'Data',
  'Info',
];
const emptyWord = new RegExp(`(?:^|[a-z0-9])(${EMPTY_WORDS.join('|')})(?=[A-Z0-9]|$)`);

const capitalised = (name) => name.charAt(0).toUpperCase() + name.slice(1);

const noEnum = {
  create: (context) => ({
    TSEnumDeclaration: (node) => context.report({ node, message: 'No enums: write a union of string literals.' }),
  }),
};

const noBarrel = {
  create: (context) => ({
    ExportAllDeclaration: (node) =>
      context.report({ node, message: 'No `export *`: an import line says where the code is.' }),
  }),
};

const noClockRead = {
  create: (context) => ({
    NewExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date' && node.arguments.length === 0) {
        context.report({ node, message: 'No hidden clock: time is an argument here.' });
      }
    },
    CallExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date') {
        context.report({ node, message: 'No hidden clock: time is an argument here.' });
      }
    },
  }),
};

const plainExportName = {
  create: (context) => ({
    ExportNamedDeclaration({ declaration }) {
      if (declaration === null || declaration === undefined) return;
      const ids = declaration.declarations?.map(({ id }) => id) ?? [declaration.id];
      for (const id of ids) {
        const word = emptyWord.exec(capitalised(id?.name ?? ''))?.[1];
        if (word !== undefined)
          context.report({ node: id, message: `"${word}" in a name says nothing: name what it is.` });
      }
    },
  }),
};

export default {
  meta: { name: 'house' },
  rules: {
    'no-enum': noEnum,
    'no-barrel': noBarrel,
    'no-clock-read': noClockRead,
    'plain-export-name': plainExportName,
  },
};
