"""The worst that players and files can make of a screen: the longest, widest and most hostile text."""

from dataclasses import replace

from actors.rules import screens
from actors.rules.aims import Aim
from actors.rules.ids import MatchId, PlayerId, Race, Region, Server
from actors.rules.maps import POOL
from actors.rules.match import Match
from actors.rules.player import Draft, Profile
from actors.rules.profile import Field, Problem, Rule
from actors.rules.rank import Filter
from actors.rules.replay import Check, Finding, Grade, ReplayPlayer, Result
from actors.rules.staff import Action, ActionId, Change, History, What
from actors.session_pages import FLOWS
from tests.bot.cards import FACTS, NOW, PREFERENCES, placed

HOSTILE = "@everyone <@1> **b** `c` [x](http://e.vil)\u202e\u200b\n# h ||s||" + "\u0301" * 40 + "W" * 300
WIDEST_ID = PlayerId(2**63 - 1)
HOSTILE_PLAYER = ReplayPlayer(
    name=HOSTILE, clan=HOSTILE, race=HOSTILE, result=Result.UNKNOWN, human=False, toon=""
)
HOSTILE_FACTS = replace(
    FACTS, map_name=HOSTILE, players=(HOSTILE_PLAYER,) * 16, observers=(HOSTILE,) * 16, length_s=1e7
)


def worst(screen: screens.Screen) -> screens.Screen:
    """The same screen with the longest and most hostile text that its fields can hold."""
    match screen:
        case screens.FoundCard() | screens.MatchCard() | screens.ResultCard():
            viewer = screen.match.players.index(screen.viewer)
            bad = worst_match(screen.match)
            return replace(screen, match=bad, viewer=bad.players[viewer])
        case screens.DisputeCard():
            return replace(screen, match=worst_match(screen.match))
        case screens.SetupForm() | screens.SetupReview():
            return replace(screen, draft=worst_draft(screen.draft))
        case screens.SetupInvalid():
            problems = tuple(Problem(field, rule, HOSTILE) for field in Field for rule in Rule)
            return replace(screen, draft=worst_draft(screen.draft), problems=problems)
        case screens.SetupDone():
            return replace(screen, profile=worst_profile())
        case screens.QueueSetup() | screens.Searching():
            return replace(
                screen, preferences=replace(PREFERENCES, vetoes=frozenset(each.key for each in POOL[:4]))
            )
        case _:
            return _worst_page(screen)


def _worst_page(screen: screens.Screen) -> screens.Screen:
    match screen:
        case screens.ReplayCard():
            findings = tuple(Finding(check, Grade.FAILED, HOSTILE) for check in Check)
            return replace(screen, match=MatchId(WIDEST_ID), facts=HOSTILE_FACTS, findings=findings)
        case screens.Leaderboard():
            rows = tuple(placed(index, HOSTILE, 99999) for index in range(40))
            chosen = Filter(races=frozenset(Race), best_only=True)
            return replace(screen, rows=rows, page=99999, pages=100000, total=3_999_999, filter=chosen)
        case screens.ProfileCard():
            return replace(
                screen,
                player=WIDEST_ID,
                discord_name=HOSTILE,
                profile=worst_profile(),
                standings=tuple(placed(index, HOSTILE, 99999) for index in range(6)),
                aborts=999,
                no_shows=999,
                timed_out_until=NOW,
            )
        case screens.StaffPreview() | screens.StaffDone() | screens.StaffNotice() | screens.StaffMatch():
            return _worst_order(screen)
        case screens.Report():
            return replace(screen, title=HOSTILE, lines=("  " + HOSTILE + "```",) * 60, page=2, pages=3)
        case screens.Timings():
            each = screens.Timing(  # its name is never a stranger's
                name="match_completion_notification_confirmation_timeout" + "W" * 300,
                count=10**9,
                p50_ms=9_999_999.9,
                p95_ms=9_999_999.9,
                p99_ms=9_999_999.9,
                max_ms=9_999_999.9,
                own_p99_ms=9_999_999.9,
                aim=Aim(1000.0, 100.0),
                ends=((HOSTILE, 10**9),) * 3,
                steps=((HOSTILE, 1.0),) * 3,
            )
            return replace(screen, timings=(each,) * FLOWS, page=99, pages=100)
        case screens.Notice():
            values = {
                name: HOSTILE if isinstance(value, str) else value for name, value in screen.values.items()
            }
            return replace(screen, values=values)
        case _:
            return screen


def _worst_order(
    screen: screens.StaffPreview | screens.StaffDone | screens.StaffNotice | screens.StaffMatch,
) -> screens.Screen:
    if isinstance(screen, screens.StaffMatch):
        history = screen.history
        events = tuple(replace(event, name="n" * 14) for event in history.events * 5)
        actions = tuple(_worst_action(each) for each in history.actions * 9)
        return replace(screen, history=History(worst_match(history.match), events, actions))
    return replace(screen, action=_worst_action(screen.action))


def _worst_action(action: Action) -> Action:
    number = ActionId(WIDEST_ID)
    order = replace(action.order, reason=HOSTILE * 2, player=action.order.player and WIDEST_ID)
    rated = Change(what=What.RATING, player=WIDEST_ID, race=Race.SC2_PROTOSS, before=19999, after=-9999)
    won = Change(what=What.MATCH, before=f"won:{WIDEST_ID}", after=f"won:{WIDEST_ID}")
    return replace(action, id=number, by=WIDEST_ID, order=order, changes=(won, *[rated] * 20))


def worst_profile() -> Profile:
    return Profile(
        name=HOSTILE, battletag=HOSTILE, alt_names=(HOSTILE,) * 25, country="GS", region=Region.CAM
    )


def worst_draft(draft: Draft) -> Draft:
    return replace(draft, name=HOSTILE, battletag=HOSTILE, alt_names=f"{HOSTILE} " * 25, country=HOSTILE * 9)


def worst_match(match: Match) -> Match:
    renamed = {old: PlayerId(WIDEST_ID - index) for index, old in enumerate(match.players)}
    sides = [
        replace(
            each,
            member=replace(each.member, player=renamed[each.player]),
            rating=99999,
            profile=worst_profile(),
            discord_name=HOSTILE,
        )
        for each in match.sides
    ]
    return replace(
        match,
        id=MatchId(WIDEST_ID),
        sides=(sides[0], sides[1]),
        server=Server.USE,
        blamed=tuple(renamed[player] for player in match.blamed),
        timeouts=tuple((renamed[player], until) for player, until in match.timeouts),
        changes=tuple(replace(each, player=renamed[each.player]) for each in match.changes),
        ruled_by=None if match.ruled_by is None else WIDEST_ID,
    )
