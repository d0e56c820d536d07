// custom-elements.json from the JSDoc of elements/: `npm run elements:manifest`.

/** `define('some-tag', SomeClass)` of components/shared/define.ts is what registers an element. */
function registeredByDefine() {
  return {
    name: 'registered-by-define',
    analyzePhase({ ts, node, moduleDoc }) {
      if (!ts.isCallExpression(node) || node.expression.getText() !== 'define') return;
      const [tag, element] = node.arguments;
      moduleDoc.exports.push({
        kind: 'custom-element-definition',
        name: tag.text,
        declaration: { name: element.getText() },
      });
    },
    moduleLinkPhase({ moduleDoc }) {
      for (const { kind, name, declaration } of moduleDoc.exports ?? []) {
        if (kind !== 'custom-element-definition') continue;
        const described = moduleDoc.declarations.find((one) => one.name === declaration.name);
        if (described) Object.assign(described, { tagName: name, customElement: true });
      }
    },
  };
}

/** What has no sentence in the JSDoc is the element's own business: reactive state, helpers' arguments. */
function onlyDocumented() {
  const isDocumented = ({ description }) => description !== undefined && description !== '';
  return {
    name: 'only-documented',
    packageLinkPhase({ customElementsManifest }) {
      customElementsManifest.modules = customElementsManifest.modules.filter(({ declarations }) =>
        declarations.some(({ tagName }) => tagName !== undefined),
      );
      for (const declaration of customElementsManifest.modules.flatMap(({ declarations }) => declarations)) {
        declaration.attributes = declaration.attributes?.filter(isDocumented);
        declaration.events = declaration.events?.filter(isDocumented);
        declaration.members = declaration.members?.filter(
          (member) => isDocumented(member) && member.privacy !== 'private' && member.privacy !== 'protected',
        );
      }
    },
  };
}

/** Reactive state (`state: true`) is no attribute, other than the analyzer takes it for. */
function stateIsNoAttribute() {
  const states = new Set();
  return {
    name: 'state-is-no-attribute',
    analyzePhase({ ts, node }) {
      if (!ts.isPropertyDeclaration(node) || node.name.getText() !== 'properties') return;
      const element = node.parent.name.getText();
      for (const { name, initializer } of node.initializer.properties)
        if (/\bstate: true\b/.test(initializer.getText())) states.add(`${element}.${name.getText()}`);
    },
    packageLinkPhase({ customElementsManifest }) {
      for (const declaration of customElementsManifest.modules.flatMap(({ declarations }) => declarations))
        declaration.attributes = declaration.attributes?.filter(
          ({ fieldName }) => !states.has(`${declaration.name}.${fieldName}`),
        );
    },
  };
}

/** The elements are where the package has them: in one script. */
function asPackaged() {
  const path = 'dist/lib/elements.js';
  return {
    name: 'as-packaged',
    packageLinkPhase({ customElementsManifest }) {
      const { modules } = customElementsManifest;
      const declarations = modules
        .flatMap((module) => module.declarations)
        .filter(({ tagName }) => tagName !== undefined);
      const exports = modules
        .flatMap((module) => module.exports)
        .filter(({ declaration }) => declarations.some(({ name }) => name === declaration.name))
        .map((one) => ({ ...one, declaration: { name: one.declaration.name, module: path } }));
      customElementsManifest.modules = [{ kind: 'javascript-module', path, declarations, exports }];
    },
  };
}

export default {
  globs: ['elements/*/*.ts'],
  outdir: '.',
  litelement: true,
  // package.json names the file itself.
  packagejson: false,
  plugins: [registeredByDefine(), stateIsNoAttribute(), onlyDocumented(), asPackaged()],
};
