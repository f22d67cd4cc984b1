"""The evaluator that the other tests here stand on: what it makes of HCL, by small examples."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.infra.cloud.hcl.expressions import evaluate, template
from tests.unit.infra.cloud.hcl.modules import Module
from tests.unit.infra.cloud.hcl.syntax import parse_expression
from tests.unit.infra.cloud.hcl.values import HclError, Object, Unknown

NAMES: dict[str, Any] = {
    "var": {"list": [1, 2, 3], "object": {"a": {"b": "c"}}, "none": None, "name": "x", "flag": True},
    "thing": Object("thing.this", {"name": "n"}),
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2 * 3 - 4", 3),
        ("(1 + 2) * 3 > 8 && !false", True),
        ("var.object.a.b", "c"),
        ('var.object["a"]["b"]', "c"),
        ("var.list[1] + var.list.0", 3),
        ('"${var.name}-${var.list[0]}-$${no}\\n"', "x-1-${no}\n"),
        ('"${var.list}"', [1, 2, 3]),
        ("var.none == null ? 1 : 2", 1),
        ("[for value in var.list : value * 2 if value > 1]", [4, 6]),
        ('{ for index, value in var.list : "k${index}" => value }', {"k0": 1, "k1": 2, "k2": 3}),
        ("{ for value in var.list : (value > 1) => value... }", {"false": [1], "true": [2, 3]}),
        ("[for key, value in var.object : key]", ["a"]),
        ('{ a = 1, "b" : 2, (var.name) = 3 }', {"a": 1, "b": 2, "x": 3}),
        ("[var.object][*].a", [{"b": "c"}]),
        ("max(var.list...)", 3),
        ('try(var.object.missing, "default")', "default"),
        ('can(regex("^[a-z]$", var.name))', True),
        ("merge({ a = 1 }, null, { a = 2, b = 3 })", {"a": 2, "b": 3}),
        ("thing.name", "n"),
        ("thing.id", Unknown("thing.this.id")),
        ("thing.block[0].uri", Unknown("thing.this.block[0].uri")),
        ('"who:${thing.email}"', "who:${thing.this.email}"),
        ("thing.email == null", False),
        ("-var.list[0]", -1),
    ],
)
def test_an_expression_has_the_value_that_terraform_gives_it(text: str, value: Any) -> None:
    """Operators, conditions, `for`, splats, calls; what only the cloud knows stays the expression that will say it."""
    assert evaluate(parse_expression(text), NAMES) == value


@pytest.mark.parametrize("text", ["var.missing", "nothing.at.all", "unheard_of(1)", '"a${var.none}"'])
def test_what_terraform_would_refuse_is_an_error(text: str) -> None:
    """A wrong name is never taken for something that the cloud will know."""
    with pytest.raises(HclError):
        evaluate(parse_expression(text), NAMES)


def test_templates_follow_their_directives() -> None:
    """`%{ for }` and `%{ if }`, with the strip markers that eat line ends."""
    text = "%{ for n in var.list ~}\n%{ if n > 1 ~}\n- ${n}$${x}\n%{ else ~}\none\n%{ endif ~}\n%{ endfor ~}\nend\n"
    assert template(text, NAMES) == "one\n- 2${x}\n- 3${x}\nend\n"


def test_modules_are_evaluated_with_their_inputs_defaults_and_instances(tmp_path: Path) -> None:
    """`for_each` makes an instance a key, `dynamic` a block a value, `optional` fills objects; outputs come back."""
    inner = tmp_path / "infra" / "cloud" / "modules" / "inner"
    inner.mkdir(parents=True)
    (inner / "main.tf").write_text("""
        variable "setting" { type = object({ size = optional(number, 2), name = string }) }
        resource "box" "this" {
          for_each = toset(["a", "b"])
          name     = "${var.setting.name}-${each.key}"
          dynamic "side" {
            for_each = range(var.setting.size)
            content { number = side.value }
          }
        }
        output "ids" { value = { for key, box in box.this : key => box.id } }
    """)
    (tmp_path / "infra" / "cloud" / "main.tf").write_text("""
        locals { names = ["x"] }
        module "inner" {
          source   = "./modules/inner"
          for_each = toset(local.names)
          setting  = { name = each.value }
        }
        resource "user" "one" { id = module.inner["x"].ids["a"] }
    """)
    found = {one.address: one.values for one in Module(tmp_path / "infra" / "cloud", {}).resources()}
    assert found["user.one"] == {"id": Unknown('module.inner["x"].box.this["a"].id')}
    assert found['module.inner["x"].box.this["b"]'] == {"name": "x-b", "side": [{"number": 0}, {"number": 1}]}
