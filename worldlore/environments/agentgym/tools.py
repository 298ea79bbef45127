"""The functions of AgentGym's five tool worlds, as their servers know them; an agent must be told them to use them."""

_PLACE = "latitude, longitude"
_RANGE = f"{_PLACE}, start_date, end_date"
_DAY = f"{_PLACE}, current_date"
_USER = ("get_user_current_date()", "get_user_current_location()")
_CELLS = "start_position, end_position, position_list"

ACADEMIA = (
    "loadPaperNet()",
    "loadAuthorNet()",
    "neighbourCheck(graph, node)",
    "paperNodeCheck(node)",
    "authorNodeCheck(node)",
    "authorEdgeCheck(node1, node2)",
    "finish(answer)",
)
MOVIE = (
    "get_search_movie(movie_name)",
    *(
        f"get_movie_{what}(movie_id)"
        for what in (
            "details",
            "production_companies",
            "production_countries",
            "cast",
            "crew",
            "keywords",
            "alternative_titles",
            "translation",
        )
    ),
    "get_search_person(person_name)",
    *(f"get_person_{what}(person_id)" for what in ("details", "cast", "crew", "external_ids")),
    "check_valid_actions()",
    "finish(answer)",
)
SHEET = (
    "open_sheet(name)",
    "del_sheet(name)",
    "freeze_data(dimension, num)",
    "get_A1_annotation(row, col)",
    "insert_cols(values_list, col_idx)",
    "insert_rows(values_list, row_idx)",
    "delete_batch_data(dimension, index_list)",
    "update_cell(position, value)",
    f"update_cell_by_formula({_CELLS}, result_position, operator)",
    "update_range(start_position, end_position, values_list)",
    "sort_sheet_by_col(col_num, order)",
    "merge_cells(start_position, end_position)",
    "update_note(position, content)",
    "get_all_values()",
    "get_range_values(start_position, end_position)",
    "get_cell_value(position)",
    f"get_value_by_formula({_CELLS}, operator)",
    "filter_cells(query, in_row, in_column)",
    "get_note(position)",
    "finish()",
)
TODO = (
    *_USER,
    "get_projects()",
    "update_project(project_id, is_favorite)",
    "get_tasks(project_id)",
    "get_task_description(task_id)",
    "get_task_duration(task_id)",
    "complete_task(task_id)",
    "update_task(task_id, due_date)",
    "delete_task(task_id)",
    "check_valid_actions()",
    "finish(answer)",
)
WEATHER = (
    *_USER,
    *(f"get_historical_{what}({_RANGE})" for what in ("temp", "rain", "snow", "air_quality_index")),
    *(f"get_{what}_forecast({_RANGE})" for what in ("temp", "rain", "snow")),
    *(f"get_current_{what}({_DAY})" for what in ("temp", "rain", "snow", "air_quality_index")),
    "get_latitude_longitude(name)",
    f"get_elevation({_PLACE})",
    "get_distance(latitude1, longitude1, latitude2, longitude2)",
    "get_air_quality_level(air_quality_index)",
    "check_valid_actions()",
    "finish(answer)",
)


def manual(functions: tuple[str, ...], first: str) -> str:
    """How to call them, in words; `first` says where to begin."""
    return (
        'Call one function at a time: its name, " with Action Input: ", and its arguments as one JSON object on the '
        'same line, as in: finish with Action Input: {"answer": "2021"}. '
        f"{first} End with finish.\nFunctions: {'; '.join(functions)}"
    )
