// SPDX-License-Identifier: Apache-2.0

package sockeye.tidy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import javax.lang.model.element.Element;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.ModuleElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.element.TypeParameterElement;
import javax.lang.model.element.VariableElement;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.ElementFilter;

/** Writes a module's public face as text that a person reviews as a diff. */
final class Listing {
    private static final Set<Modifier> SHOWN =
            Set.of(
                    Modifier.PROTECTED,
                    Modifier.STATIC,
                    Modifier.ABSTRACT,
                    Modifier.FINAL,
                    Modifier.SEALED,
                    Modifier.NON_SEALED,
                    Modifier.DEFAULT);

    private final Model model;
    private final StringBuilder out = new StringBuilder();

    private Listing(Model model) {
        this.model = model;
    }

    static String of(Model model, ModuleElement module) {
        var listing = new Listing(model);
        listing.module(module);
        return listing.out.toString();
    }

    private void module(ModuleElement module) {
        out.append("module ").append(module.getQualifiedName()).append('\n');
        var lines = new TreeSet<String>();
        for (var required : ElementFilter.requiresIn(module.getDirectives())) {
            if (required.isTransitive()) {
                lines.add("    requires transitive " + required.getDependency() + "\n");
            }
        }
        Model.exports(module).forEach(exported -> lines.add("    exports " + exported + "\n"));
        lines.forEach(out::append);
        Model.publicTypes(module)
                .sorted(Comparator.comparing(type -> type.getQualifiedName().toString()))
                .forEach(this::type);
    }

    private void type(TypeElement type) {
        out.append('\n').append(head(type)).append('\n');
        if (type.getKind() == ElementKind.ENUM) {
            var constants =
                    type.getEnclosedElements().stream()
                            .filter(e -> e.getKind() == ElementKind.ENUM_CONSTANT)
                            .map(Object::toString)
                            .collect(Collectors.joining(", "));
            out.append("    ").append(constants).append('\n');
        }
        members(type).stream()
                .filter(member -> !isSaidByHead(type, member))
                .sorted(
                        Comparator.comparingInt(Listing::order)
                                .thenComparing(member -> member.getSimpleName().toString())
                                .thenComparing(this::member))
                .forEach(member -> out.append("    ").append(member(member)).append('\n'));
        ElementFilter.typesIn(type.getEnclosedElements()).stream()
                .filter(Model::visible)
                .sorted(Comparator.comparing(nested -> nested.getSimpleName().toString()))
                .forEach(this::type);
    }

    /** Constants and what makes one first, then what one does. */
    private static int order(Element member) {
        return switch (member.getKind()) {
            case FIELD -> 0;
            case CONSTRUCTOR -> 1;
            default -> member.getModifiers().contains(Modifier.STATIC) ? 2 : 3;
        };
    }

    private static List<Element> members(TypeElement type) {
        var members = new ArrayList<Element>();
        members.addAll(ElementFilter.fieldsIn(type.getEnclosedElements()));
        members.addAll(ElementFilter.constructorsIn(type.getEnclosedElements()));
        members.addAll(ElementFilter.methodsIn(type.getEnclosedElements()));
        members.removeIf(m -> !Model.visible(m) || m.getKind() == ElementKind.ENUM_CONSTANT);
        return members;
    }

    /** A record's accessors and canonical constructor, an enum's values() and valueOf. */
    private boolean isSaidByHead(TypeElement type, Element member) {
        if (!(member instanceof ExecutableElement method)) {
            return false;
        }
        boolean canonical =
                type.getKind() == ElementKind.RECORD
                        && method.getKind() == ElementKind.CONSTRUCTOR
                        && parameters(method).equals(componentTypes(type));
        return canonical || isSaidByHead(method);
    }

    /** Whether a method comes with its type being a record, an enum, or an object at all. */
    static boolean isSaidByHead(ExecutableElement method) {
        var type = (TypeElement) method.getEnclosingElement();
        int count = method.getParameters().size();
        return switch (method.getSimpleName().toString()) {
            case "equals" -> count == 1;
            case "hashCode", "toString" -> count == 0;
            default ->
                    (type.getKind() == ElementKind.ENUM
                                    && method.getModifiers().contains(Modifier.STATIC)
                                    && List.of("values", "valueOf")
                                            .contains(method.getSimpleName().toString()))
                            || type.getRecordComponents().stream()
                                    .anyMatch(component -> method.equals(component.getAccessor()));
        };
    }

    private List<String> parameters(ExecutableElement method) {
        return method.getParameters().stream().map(p -> show(p.asType())).toList();
    }

    private List<String> componentTypes(TypeElement type) {
        return type.getRecordComponents().stream().map(c -> show(c.asType())).toList();
    }

    private String head(TypeElement type) {
        var head = new StringBuilder(modifiers(type));
        head.append(
                switch (type.getKind()) {
                    case ANNOTATION_TYPE -> "@interface ";
                    case ENUM -> "enum ";
                    case INTERFACE -> "interface ";
                    case RECORD -> "record ";
                    default -> "class ";
                });
        head.append(qualified(type)).append(typeParameters(type.getTypeParameters()));
        if (type.getKind() == ElementKind.RECORD) {
            head.append(
                    type.getRecordComponents().stream()
                            .map(c -> show(c.asType()) + " " + c.getSimpleName())
                            .collect(Collectors.joining(", ", "(", ")")));
        }
        var parent = type.getSuperclass();
        if (type.getKind() == ElementKind.CLASS
                && parent.getKind() != TypeKind.NONE
                && !parent.toString().equals("java.lang.Object")) {
            head.append(" extends ").append(show(parent));
        }
        if (!type.getInterfaces().isEmpty()) {
            head.append(type.getKind() == ElementKind.INTERFACE ? " extends " : " implements ");
            head.append(joined(type.getInterfaces()));
        }
        if (!type.getPermittedSubclasses().isEmpty()) {
            head.append(" permits ").append(joined(type.getPermittedSubclasses()));
        }
        return head.toString();
    }

    private String member(Element member) {
        var line = modifiers(member);
        if (member instanceof VariableElement field) {
            var value = field.getConstantValue();
            return line
                    + show(field.asType())
                    + " "
                    + field.getSimpleName()
                    + (value == null ? "" : " = " + model.elements().getConstantExpression(value));
        }
        var method = (ExecutableElement) member;
        var parameters = new ArrayList<String>();
        var declared = method.getParameters();
        for (var parameter : declared) {
            var shown = show(parameter.asType());
            if (method.isVarArgs() && parameter.equals(declared.getLast())) {
                shown = shown.replaceFirst("\\[]$", "...");
            }
            parameters.add(shown + " " + parameter.getSimpleName());
        }
        var thrown = method.getThrownTypes();
        var generics = typeParameters(method.getTypeParameters());
        return line
                + (generics.isEmpty() ? "" : generics + " ")
                + (method.getKind() == ElementKind.CONSTRUCTOR
                        ? method.getEnclosingElement().getSimpleName()
                        : show(method.getReturnType()) + " " + method.getSimpleName())
                + "("
                + String.join(", ", parameters)
                + ")"
                + (thrown.isEmpty() ? "" : " throws " + joined(thrown));
    }

    private String modifiers(Element element) {
        var line = new StringBuilder();
        if (model.elements().isDeprecated(element)) {
            line.append("@Deprecated ");
        }
        var owner = element.getEnclosingElement();
        for (var modifier : element.getModifiers()) {
            boolean implied =
                    switch (modifier) {
                        case ABSTRACT ->
                                owner.getKind().isInterface() || element.getKind().isInterface();
                        case FINAL ->
                                element.getKind() == ElementKind.RECORD
                                        || element.getKind() == ElementKind.ENUM
                                        || owner.getKind().isInterface();
                        case STATIC ->
                                !(element instanceof ExecutableElement)
                                        && (owner.getKind().isInterface()
                                                || element instanceof TypeElement);
                        default -> false;
                    };
            if (SHOWN.contains(modifier) && !implied) {
                line.append(modifier).append(' ');
            }
        }
        return line.toString();
    }

    private String typeParameters(List<? extends TypeParameterElement> parameters) {
        if (parameters.isEmpty()) {
            return "";
        }
        return parameters.stream()
                .map(p -> {
                    var bounds =
                            p.getBounds().stream()
                                    .map(this::show)
                                    .filter(bound -> !bound.equals("Object"))
                                    .collect(Collectors.joining(" & "));
                    return p + (bounds.isEmpty() ? "" : " extends " + bounds);
                })
                .collect(Collectors.joining(", ", "<", ">"));
    }

    private String joined(List<? extends TypeMirror> types) {
        return types.stream().map(this::show).collect(Collectors.joining(", "));
    }

    /** The type by simple names, with its nullness. */
    private String show(TypeMirror type) {
        return type.toString()
                .replaceAll("\\b(?:[a-z][a-z0-9_]*\\.)+(?=[@A-Z])", "")
                .replace(",", ", ")
                .replaceAll(", +", ", ");
    }

    private static String qualified(TypeElement type) {
        return type.getQualifiedName().toString();
    }
}
